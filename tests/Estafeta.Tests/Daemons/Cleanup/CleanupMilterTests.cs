using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Net.Milter;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Tests.Net.Milter;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Daemons.Cleanup;

public sealed class CleanupMilterTests
{
    private static readonly byte[] Content = "Received: ours\nReceived: theirs\nSubject: s\nX-A: 1\nX-A: 2\n\nbody\nmore\n"u8.ToArray();

    [Fact]
    public async Task LocalMail_IsShownToNonSmtpdMilters_AsFromLocalhost()
    {
        await using var milter = new ScriptedMilter([]);
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        await SendAsync(bench);
        await milter.ClientLeft;
        Assert.Equal(
            [
                "Clocalhost|4", "Hlocalhost|", "Mme@x.y|", "Rr@x.y|", "T",
                "LReceived|theirs|", "LSubject|s|", "LX-A|1|", "LX-A|2|", "N", "Bbody\r\nmore\r\n", "E", "Q",
            ],
            milter.Received.Where(r => r[0] is not ('O' or 'D')).Select(r => r.StartsWith('C') ? r[..12] : r.StartsWith("LM") || r.StartsWith("LD") || r.StartsWith("LF") ? "" : r).Where(r => r.Length > 0));
        Assert.Equal("body\nmore\n", Body(bench));
    }

    [Fact]
    public async Task Edits_AreMade()
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?>
        {
            ['E'] =
            [
                .. ScriptedMilter.Packet('h', "X-New", "end"),
                .. ScriptedMilter.Packet('i', Indexed(0, "X-Top", "top")),
                .. ScriptedMilter.Packet('i', Indexed(2, "X-Second", "second")),
                .. ScriptedMilter.Packet('m', Indexed(2, "X-A", "two")),
                .. ScriptedMilter.Packet('m', Indexed(1, "X-A", "")),
                .. ScriptedMilter.Packet('m', Indexed(1, "Received", "changed")),
                .. ScriptedMilter.Packet('m', Indexed(1, "X-None", "made")),
                .. ScriptedMilter.Packet('+', "<added@x.y>"),
                .. ScriptedMilter.Packet('-', "<r@x.y>"),
                .. ScriptedMilter.Packet('e', "<new@x.y>"),
                .. ScriptedMilter.Packet('b', Encoding.ASCII.GetBytes("new\r")),
                .. ScriptedMilter.Packet('b', Encoding.ASCII.GetBytes("\nbody\r\n")),
                .. ScriptedMilter.Packet('a'),
            ],
        });
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        await SendAsync(bench, "Received: ours\nReceived: theirs\nSubject: s\nX-A: 1\nX-A: 2\nFrom: a@b\nDate: x\nMessage-Id: <y>\n\nbody\nmore\n"u8.ToArray());
        Assert.Equal(
            "X-Top: top\nReceived: ours\nX-Second: second\nReceived: changed\nSubject: s\nX-A: two\nFrom: a@b\nDate: x\nMessage-Id: <y>\nX-New: end\nX-None: made\n\nnew\nbody\n",
            Encoding.ASCII.GetString(bench.LastContent()));
        Assert.Equal("new@x.y", bench.LastMessage().Envelope.Sender);
        Assert.Equal(["added@x.y"], bench.LastMessage().Envelope.Recipients.Select(r => r.Address));
    }

    /// <summary>RFC 3461 §4.2: the address is encoded on the wire only.</summary>
    [Theory]
    [InlineData("NOTIFY=SUCCESS,DELAY ORCPT=rfc822;a+2Bb@x.y", DsnNotify.Success | DsnNotify.Delay, "rfc822;a+b@x.y")]
    [InlineData("NOTIFY=NEVER,SUCCESS ORCPT=rfc822;a+2@x.y", DsnNotify.Unspecified, "rfc822;added@x.y")]
    public async Task AddedRecipient_HasItsDsnParameters(string arguments, DsnNotify notify, string original)
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?>
        {
            ['E'] = [.. ScriptedMilter.Packet('2', "<added@x.y>", arguments), .. ScriptedMilter.Packet('a')],
        });
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        await SendAsync(bench);
        var added = bench.LastMessage().Envelope.Recipients.Single(r => r.Address == "added@x.y");
        Assert.Equal((notify, original), (added.Notify, added.DsnOriginalRecipient));
    }

    [Fact]
    public async Task SecondMilter_SeesWhatTheFirstMade()
    {
        await using var first = new ScriptedMilter(new Dictionary<char, byte[]?>
        {
            ['E'] = [.. ScriptedMilter.Packet('h', "X-First", "1"), .. ScriptedMilter.Packet('b', "new\r\n"u8.ToArray()), .. ScriptedMilter.Packet('a')],
        });
        await using var second = new ScriptedMilter([]);
        await using var bench = new CleanupBench($"non_smtpd_milters = {first.Endpoint}, {second.Endpoint}");
        await SendAsync(bench);
        await second.ClientLeft;
        Assert.Contains("LX-First|1|", second.Received);
        Assert.Contains("Bnew\r\n", second.Received);
    }

    [Fact]
    public async Task Rejection_AtTheEnd_IsTheMilters()
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?> { ['E'] = ScriptedMilter.Packet('y', "554 5.7.9 no thanks") });
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        var result = await SendAsync(bench);
        Assert.Equal(new CleanupResult(CleanupOutcome.Rejected, "554 5.7.9 no thanks"), result);
        Assert.Contains($"{bench.LastId}: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.9 no thanks; from=<me@x.y> to=<r@x.y>", bench.Log.Lines);
    }

    [Fact]
    public async Task Quarantine_HoldsTheMessage()
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?>
        {
            ['E'] = [.. ScriptedMilter.Packet('q', "suspicious"), .. ScriptedMilter.Packet('c')],
        });
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        await SendAsync(bench);
        Assert.Equal(QueueName.Hold, bench.LastMessage().Queue);
    }

    [Theory]
    [InlineData('C', "CONNECT", "")]
    [InlineData('H', "EHLO", "")]
    [InlineData('M', "MAIL", "")]
    [InlineData('T', "DATA", " to=<r@x.y>")]
    public async Task Rejection_OfTheEnvelope_RefusesTheMessage(char command, string stage, string recipient)
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?> { [command] = ScriptedMilter.Packet('r') });
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        var result = await SendAsync(bench);
        Assert.Equal(CleanupOutcome.Rejected, result.Outcome);
        Assert.Contains($"{bench.LastId}: milter-reject: {stage} from localhost[127.0.0.1]: 5.7.1 Command rejected; from=<me@x.y>{recipient}", bench.Log.Lines);
    }

    /// <summary>There is no client to tell which recipient it is, and the others did nothing wrong.</summary>
    [Fact]
    public async Task Rejection_OfARecipient_LeavesTheMessageWaiting()
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?> { ['R'] = ScriptedMilter.Packet('r') });
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}");
        var result = await SendAsync(bench);
        Assert.Equal((CleanupOutcome.Temporary, "4.3.5 Server configuration error"), (result.Outcome, result.Text));
        Assert.Equal(
            [
                $"{bench.LastId}: milter-reject: RCPT from localhost[127.0.0.1]: 5.7.1 Command rejected; from=<me@x.y> to=<r@x.y>",
                $"warning: {bench.LastId}: milter configuration error: can't reject recipient in non-smtpd(8) submission",
                $"warning: {bench.LastId}: message not accepted, try again later",
            ],
            bench.Log.Lines.Where(static l => l.Contains("ilter", StringComparison.Ordinal) || l.Contains("later", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task MilterHeaderChecks_SeeWhatMiltersMake()
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?>
        {
            ['E'] = [.. ScriptedMilter.Packet('h', "X-Drop", "1"), .. ScriptedMilter.Packet('h', "X-Keep", "1"), .. ScriptedMilter.Packet('a')],
        });
        var table = Path.GetTempFileName();
        await File.WriteAllTextAsync(table, "/^X-Drop/ IGNORE\n/^X-A/ REJECT\n", TestContext.Current.CancellationToken);
        await using var bench = new CleanupBench($"non_smtpd_milters = {milter.Endpoint}\nmilter_header_checks = regexp:{table}");
        Assert.Equal(CleanupOutcome.Ok, (await SendAsync(bench)).Outcome);
        var content = Encoding.ASCII.GetString(bench.LastContent());
        Assert.DoesNotContain("X-Drop", content);
        Assert.Contains("X-Keep: 1\n", content);
        File.Delete(table);
    }

    [Fact]
    public async Task SmtpMail_IsShownToTheMiltersSmtpdHandsOver_OverTheWire()
    {
        await using var milter = new ScriptedMilter(new Dictionary<char, byte[]?>
        {
            ['E'] = [.. ScriptedMilter.Packet('h', "X-New", "1"), .. ScriptedMilter.Packet('a')],
        });
        await using var bench = new CleanupBench($"non_smtpd_milters = inet:nowhere:1");
        var endpoint = new CleanupEndpoint(bench.Service, new QueueNumbers(), new MemoryMailLog(), TimeProvider.System);
        await using var server = new UnixServer(CleanupEndpoint.Protocol, endpoint.ServeAsync, endpoint.Greet);
        await using var cleanup = new RemoteCleanup(server.Path, longQueueIds: false, TimeProvider.System);
        var cancellationToken = TestContext.Current.CancellationToken;
        var settings = MilterSettings.ParseAll([milter.Endpoint], Estafeta.Configuration.ParameterSet.Parse(""), "smtpd_milters")[0];
        var session = new MilterSession(settings, TimeProvider.System, _ => { });
        await session.ConnectAsync("c.test", '4', 25, "1.2.3.4", _ => null, cancellationToken);
        for (var i = 0; i < 2; i++)
        {
            await session.MailAsync(["<me@x.y>"], _ => null, cancellationToken);
            await session.RecipientAsync(["<r@x.y>"], _ => null, cancellationToken);
            var request = CleanupBench.Request("me@x.y", false) with { Client = new ClientIdentity { Name = "c.test", Address = "1.2.3.4", Protocol = "ESMTP" } };
            await using var transaction = await cleanup.BeginAsync(request, cancellationToken);
            transaction.AddRecipient(new EnvelopeRecipient("r@x.y"));
            await transaction.AttachMiltersAsync(
                [new MilterHandoff(settings, session.Suspend(), session.Connection, new Dictionary<string, string> { ["i"] = "QID" })], cancellationToken);
            await transaction.WriteContentAsync(Content, cancellationToken);
            Assert.Equal(CleanupOutcome.Ok, (await transaction.CommitAsync(cancellationToken)).Outcome);
            Assert.Contains("X-New: 1\n", Encoding.ASCII.GetString(bench.LastContent()));
        }

        await session.QuitAsync(cancellationToken);
        await milter.ClientLeft;
        Assert.Equal(2, milter.Received.Count(r => r == "Bbody\r\nmore\r\n"));
        Assert.Contains("DNi|QID|", milter.Received);
        Assert.Equal("Q", milter.Received[^1]);
    }

    private static byte[] Indexed(int index, string name, string value) =>
        [0, 0, 0, (byte)index, .. Encoding.ASCII.GetBytes($"{name}\0{value}\0")];

    private static string Body(CleanupBench bench) => Encoding.ASCII.GetString(bench.LastContent()).Split("\n\n")[^1];

    private static ValueTask<CleanupResult> SendAsync(CleanupBench bench, byte[]? content = null) => bench.SendAsync(
        CleanupBench.Request("me@x.y"), [CleanupBench.Recipient("r@x.y")], [content ?? Content]);
}
