using System.Text;
using Estafeta.Configuration;
using Estafeta.Net.Milter;

namespace Estafeta.Tests.Net.Milter;

public class MilterSessionTests
{
    private static readonly Dictionary<char, string> Names = new()
    {
        ['O'] = "OPTNEG", ['C'] = "CONNECT", ['M'] = "MAIL", ['L'] = "HEADER", ['N'] = "EOH", ['B'] = "BODY", ['E'] = "BODYEOB",
    };

    private readonly List<string> _warnings = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Session_SendsEveryEventWithItsMacros()
    {
        await using var milter = new ScriptedMilter([]);
        var verdict = await RunAsync(milter);
        Assert.Equal(MilterVerdict.Continue, verdict);
        Assert.Equal(
            [
                "DCj|mail.example.test|{daemon_name}|mail.example.test|",
                "Cclient.example|4\u0012g192.0.2.1|",
                "DH",
                "Hhelo.example|",
                "DMi|4ABC|",
                "M<a@example.test>|SIZE=10|",
                "DRi|4ABC|",
                "R<b@example.test>|",
                "DTi|4ABC|",
                "T",
                "DLi|4ABC|",
                "LSubject|hi|",
                "DLi|4ABC|",
                "LX-Second|there|",
                "DNi|4ABC|",
                "N",
                "DBi|4ABC|",
                "Bbody\r\n",
                "DEi|4ABC|",
                "E",
                "Q",
            ],
            milter.Received.Skip(1));
    }

    [Theory]
    [InlineData('C', "accept", "Continue ")]
    [InlineData('C', "reject", "Reply 550 5.5.0 Service unavailable")]
    [InlineData('C', "tempfail", "Reply 451 4.7.1 Service unavailable - try again later")]
    [InlineData('C', "shutdown", "Shutdown 421 4.7.0 Server closing connection")]
    [InlineData('C', "quarantine", "Quarantine default_action")]
    [InlineData('O', "tempfail", "Reply 451 4.7.1 Service unavailable - try again later")]
    [InlineData('M', "tempfail", "Reply 451 4.7.1 Service unavailable - try again later")]
    [InlineData('L', "reject", "Reply 550 5.5.0 Service unavailable")]
    [InlineData('N', "accept", "Continue ")]
    [InlineData('B', "tempfail", "Reply 451 4.7.1 Service unavailable - try again later")]
    [InlineData('E', "accept", "Continue ")]
    public async Task ConnectionLost_AtAnyStage_TakesTheDefaultAction(char stage, string action, string expected)
    {
        await using var milter = new ScriptedMilter(new() { [stage] = null });
        var verdict = await RunAsync(milter, action);
        Assert.Equal(expected, $"{verdict.Decision} {verdict.Reply}");
        Assert.Contains(_warnings, w => w == $"milter {milter.Endpoint}: can't read SMFIC_{Names[stage]} reply packet header: Application error");
    }

    [Theory]
    [InlineData("y", "550 5.7.1 go away\0", "550 5.7.1 go away")]
    [InlineData("y", "550-5.7.1 one\r\n550 5.7.1 two\0", "550 5.7.1 one\n550 5.7.1 two")]
    [InlineData("y", "4\0", null)]
    [InlineData("y", "999 x\0", null)]
    [InlineData("y", "550 no nul", null)]
    [InlineData("y", "550-a\r\n551 b\0", null)]
    [InlineData("y", "550 a\u0007b\0", "550 a?b")]
    [InlineData("y", "\0", null)]
    [InlineData("y", "550 5.7.1 100%% a%b\0", "550 5.7.1 100% ab")]
    [InlineData("Z", "", "451 4.7.1 Service unavailable - try again later")]
    [InlineData("r", "", "550 5.7.1 Command rejected")]
    public async Task Reply_IsOneLegalReplyOrAConfigurationProblem(string command, string payload, string? expected)
    {
        await using var milter = new ScriptedMilter(new() { ['M'] = ScriptedMilter.Packet(command[0], Encoding.UTF8.GetBytes(payload)) });
        var verdict = await RunAsync(milter, "tempfail");
        Assert.Equal(expected ?? "451 4.3.5 Server configuration problem - try again later", verdict.Reply);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 1 })]
    [InlineData(new byte[] { 0x7f, 0, 0, 0, 1 })]
    public async Task ImpossibleLength_IsTheDefaultAction(byte[] packet)
    {
        await using var milter = new ScriptedMilter(new() { ['C'] = packet });
        Assert.Equal(MilterVerdict.TemporaryFailure, await RunAsync(milter, "tempfail"));
    }

    [Fact]
    public async Task Edits_AreAppliedInOrder()
    {
        byte[] answer =
        [
            .. ScriptedMilter.Packet('p'),
            .. ScriptedMilter.Packet('h', "X-A", "one\r\n two"),
            .. ScriptedMilter.Packet('i', [0, 0, 0, 1, .. "X-B\0v\nEvil: x\0"u8]),
            .. ScriptedMilter.Packet('m', [0, 0, 0, 2, .. "Subject\0new\0"u8]),
            .. ScriptedMilter.Packet('+', "<c@example.test>"),
            .. ScriptedMilter.Packet('-', "<b@example.test>"),
            .. ScriptedMilter.Packet('e', "<s@example.test>", "RET=HDRS"),
            .. ScriptedMilter.Packet('b', "new body\r\n"u8.ToArray()),
            .. ScriptedMilter.Packet('b', "more\r\n"u8.ToArray()),
            .. ScriptedMilter.Packet('q', "looks odd"),
            .. ScriptedMilter.Packet('c'),
        ];
        await using var milter = new ScriptedMilter(new() { ['E'] = answer });
        var edits = new RecordedEdits();
        var verdict = await RunAsync(milter, edits: edits);
        Assert.Equal(new MilterVerdict(MilterDecision.Quarantine, "looks odd"), verdict);
        Assert.Equal(
            [
                "add X-A: one\n two",
                "insert 1 X-B: v\n\tEvil: x",
                "change 2 Subject: new",
                "rcpt+ <c@example.test> ",
                "rcpt- <b@example.test>",
                "from <s@example.test> RET=HDRS",
                "body first new body\r\n",
                "body more\r\n",
            ],
            edits.Calls);
    }

    [Fact]
    public async Task ConnectionLost_WhileTheBodyIsReplaced_IsNeverAccepted()
    {
        await using var milter = new ScriptedMilter(new()
        {
            ['E'] = [.. ScriptedMilter.Packet('b', "half"u8.ToArray()), 0, 0],
        });
        var running = RunAsync(milter, "accept", contentTimeout: "1s");
        Assert.Equal(MilterVerdict.TemporaryFailure, await running);
    }

    [Fact]
    public async Task Edit_NotNegotiated_IsTheDefaultAction()
    {
        await using var milter = new ScriptedMilter(new() { ['E'] = ScriptedMilter.Packet('b', "x"u8.ToArray()) }, actions: 0x1);
        Assert.Equal(MilterVerdict.TemporaryFailure, await RunAsync(milter, "tempfail"));
    }

    [Fact]
    public async Task Steps_NotWanted_AreNotSent()
    {
        // Everything but MAIL switched off.
        await using var milter = new ScriptedMilter([], steps: 0x1 | 0x2 | 0x8 | 0x10 | 0x20 | 0x40 | 0x200);
        Assert.Equal(MilterVerdict.Continue, await RunAsync(milter));
        Assert.Equal("OMEQ", string.Concat(milter.Received.Where(r => r[0] != 'D').Select(r => r[0])));
    }

    [Fact]
    public async Task Accept_AtMail_EndsTheMessageForThisMilter()
    {
        await using var milter = new ScriptedMilter(new() { ['M'] = ScriptedMilter.Packet('a') });
        Assert.Equal(MilterVerdict.Continue, await RunAsync(milter));
        Assert.Equal("OCHMQ", string.Concat(milter.Received.Where(r => r[0] != 'D').Select(r => r[0])));
    }

    [Fact]
    public async Task NotRunning_IsTheDefaultAction()
    {
        using var session = Session("unix:/nonexistent/milter", "shutdown");
        var verdict = await session.ConnectAsync("c", '4', 1, "192.0.2.1", _ => null, Token);
        Assert.Equal(MilterDecision.Shutdown, verdict.Decision);
    }

    [Fact]
    public void Settings_OfOneMilter_OverrideTheParameters()
    {
        var parameters = ParameterSet.Parse("milter_default_action = accept\nmilter_command_timeout = 7s\nmilter_connect_timeout = 8s\nmilter_content_timeout = 9s\n");
        var all = MilterSettings.ParseAll(
            ["inet:localhost:1", "{ unix:/x, default_action=reject { connect_timeout = 2m } }"], parameters, "smtpd_milters");
        Assert.Equal(["inet:localhost:1", "unix:/x"], all.Select(s => s.Endpoint));
        Assert.Equal([MilterDefaultAction.Accept, MilterDefaultAction.Reject], all.Select(s => s.DefaultAction));
        Assert.Equal([TimeSpan.FromSeconds(8), TimeSpan.FromMinutes(2)], all.Select(s => s.ConnectTimeout));
        Assert.Equal(TimeSpan.FromSeconds(9), all[0].ContentTimeout);
        Assert.Equal(TimeSpan.FromSeconds(7), all[1].CommandTimeout);
        Assert.Throws<ConfigurationException>(() => MilterSettings.ParseAll(["{ unix:/x, nonsense=1 }"], parameters, "smtpd_milters"));
    }

    [Theory]
    [InlineData("inet:localhost:own", "localhost", 4711)]
    [InlineData("inet:[::1]:8891", "::1", 8891)]
    public void Port_MayHaveAName(string endpoint, string host, int port)
    {
        var settings = MilterSettings.ParseAll([endpoint], ParameterSet.Parse("known_tcp_ports = own=4711"), "smtpd_milters")[0];
        Assert.Equal(new MilterEndpoint(null, host, port), MilterEndpoint.Parse(settings.Endpoint, settings.Services));
    }

    private async Task<MilterVerdict> RunAsync(
        ScriptedMilter milter, string action = "tempfail", RecordedEdits? edits = null, string contentTimeout = "30s")
    {
        using var session = Session(milter.Endpoint, action, contentTimeout);
        Func<ValueTask<MilterVerdict>>[] events =
        [
            () => session.ConnectAsync("client.example", '4', 4711, "192.0.2.1", Macro, Token),
            () => session.HeloAsync("helo.example", Macro, Token),
            () => session.MailAsync(["<a@example.test>", "SIZE=10"], Macro, Token),
            () => session.RecipientAsync(["<b@example.test>"], Macro, Token),
            () => session.DataAsync(Macro, Token),
            () => session.ContentAsync(
                [("Subject", " hi"), ("X-Second", " there")], () => new MemoryStream("body\n"u8.ToArray()), edits ?? new RecordedEdits(), Macro, Token),
        ];
        foreach (var next in events)
        {
            var verdict = await next();
            if (!verdict.IsContinue)
            {
                return verdict;
            }
        }

        await session.QuitAsync(Token);
        await milter.ClientLeft;
        return MilterVerdict.Continue;
    }

    private MilterSession Session(string endpoint, string action, string contentTimeout = "30s")
    {
        var parameters = ParameterSet.Parse(
            $"milter_default_action = {action}\nmilter_content_timeout = {contentTimeout}\nmilter_connect_macros = j {{daemon_name}} _\nmilter_helo_macros =\n"
            + "milter_mail_macros = i\nmilter_rcpt_macros = i\n");
        return new MilterSession(MilterSettings.ParseAll([endpoint], parameters, "smtpd_milters")[0], TimeProvider.System, _warnings.Add);
    }

    private static string? Macro(string name) => name switch
    {
        "i" => "4ABC",
        "j" or "{daemon_name}" => "mail.example.test",
        _ => null,
    };

    private sealed class RecordedEdits : IMilterEdits
    {
        public List<string> Calls { get; } = [];

        public void AddHeader(string name, string value) => Calls.Add($"add {name}:{value}");

        public void InsertHeader(int index, string name, string value) => Calls.Add($"insert {index} {name}:{value}");

        public void ChangeHeader(int occurrence, string name, string value) => Calls.Add($"change {occurrence} {name}:{value}");

        public void DeleteHeader(int occurrence, string name) => Calls.Add($"delete {occurrence} {name}");

        public void ChangeSender(string address, string arguments) => Calls.Add($"from {address} {arguments}");

        public void AddRecipient(string address, string arguments) => Calls.Add($"rcpt+ {address} {arguments}");

        public void DeleteRecipient(string address) => Calls.Add($"rcpt- {address}");

        public void ReplaceBody(ReadOnlySpan<byte> piece, bool isFirst) => Calls.Add($"body {(isFirst ? "first " : "")}{Encoding.UTF8.GetString(piece)}");
    }
}
