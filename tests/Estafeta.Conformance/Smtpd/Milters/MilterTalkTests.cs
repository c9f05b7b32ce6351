using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Conformance.Smtp;
using Estafeta.Tests.Daemons.Cleanup;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Daemons.Smtpd.Milters;
using Estafeta.Tests.Net.Milter;

namespace Estafeta.Conformance.Smtpd.Milters;

/// <summary>
/// What a milter is told, packet by packet with the macros before each: the same session with the installed Postfix and with ours, with
/// milters that want to see more or less of it.
/// </summary>
public sealed partial class MilterTalkTests(MilterTalkTests.Oracle oracle) : IClassFixture<MilterTalkTests.Oracle>
{
    private const string Macros = """
        smtpd_relay_restrictions = reject_unauth_destination
        mynetworks = 192.0.2.1
        smtpd_peername_lookup = yes
        default_transport = discard
        local_transport = discard
        relay_transport = discard
        milter_connect_macros = j {daemon_name} {daemon_addr} {client_name} v _
        milter_helo_macros = {tls_version} j
        milter_mail_macros = i {auth_type} {mail_addr} {mail_host} {mail_mailer}
        milter_rcpt_macros = i {rcpt_addr} {rcpt_host} {rcpt_mailer}
        milter_data_macros = i {client_addr}
        milter_unknown_command_macros = i v
        """;

    private const string EveryMacro =
        "j {daemon_name} {daemon_addr} v _ {client_addr} {client_name} {client_ptr} {client_resolve} {tls_version} {cipher} {auth_type} {auth_authen} {auth_author} i {mail_addr} {mail_host} {mail_mailer} {rcpt_addr} {rcpt_host} {rcpt_mailer}";

    private static readonly string[] Session =
    [
        "HELO h.example", "BOGUS", "EHLO h2.example", "MAIL FROM:<A@B.Example> SIZE=100 BODY=8BITMIME", "RCPT TO:<r@relay.example>", "RCPT TO:<no@elsewhere.example>", "BOGUS", "EHLO h3.example", "MAIL FROM:<x@b.example>", "RSET",
        "MAIL FROM:<>", "RCPT TO:<\"r q\"@relay.example> NOTIFY=NEVER", "DATA",
        "From: a@b.example\r\nSubject: s\r\nX-Fold: a\r\n b\r\nTo: r@relay.example\r\nMessage-Id: <1@x>\r\nDate: Wed, 25 Nov 2026 12:00:00 +0000\r\n\r\nbody\r\nmore\r\n.",
        "MAIL FROM:<a@b.example>", "RCPT TO:<r@relay.example>", "DATA", "From: a@b.example\r\nTo: r@relay.example\r\nMessage-Id: <1@x>\r\nDate: Wed, 25 Nov 2026 12:00:00 +0000\r\n.", "QUIT",
    ];

    // What the milter does, and parameters of ours and theirs.
    private static readonly (string Script, string Parameters)[] Cases =
    [
        ("", ""),
        ("steps=100000", "milter_end_of_header_macros =\nmilter_end_of_data_macros = i {client_addr}"),
        ("steps=800", "milter_end_of_header_macros = i {mail_addr}\nmilter_end_of_data_macros ="),
        ("steps=40", "milter_end_of_header_macros = i j"),
        ("steps=20", "milter_end_of_header_macros = i j"),
        ("steps=FF080", ""),
        ("steps=7F", ""),
        ("version=2", "milter_protocol = 2"),
        ("version=4", "milter_protocol = 4"),
        ("version=3", "milter_protocol = 3"),
        ("steps=300", ""),
        ("", "milter_end_of_data_macros = " + EveryMacro),
        ("", "milter_end_of_header_macros = {cipher}\nmilter_data_macros = " + EveryMacro),
        ("", "milter_helo_macros =\nmilter_connect_macros =\nmilter_mail_macros =\nmilter_macro_defaults = foo=bar, {bar}=foo\nmilter_rcpt_macros = foo {foo} bar {bar} "),
        ("steps=37F", ""),
        ("L=a", ""),
        ("N=a", ""),
        ("T=a", ""),
    ];

    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Cases.Length)];

    [Theory]
    [MemberData(nameof(Numbers))]
    public async Task SameSession_SamePackets(int number)
    {
        Assert.SkipWhen(oracle.Unusable != null, oracle.Unusable ?? "");
        var theirs = await oracle.PlayAsync(number);
        var (script, parameters) = Cases[number];
        await using var milter = MilterScript.Start(script);
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}\n{Macros}\n{parameters}", "local_header_rewrite_clients =\n");
        using (var client = await route.Smtpd.ConnectAsync(readGreeting: false))
        {
            await PlayAsync(client);
        }

        await milter.ClientLeft;
        var ours = Show(milter);
        Assert.True(theirs == ours, $"--- Postfix:\n{theirs}--- ours:\n{ours}");
    }

    /// <summary>Mail by the sendmail command, for which cleanup makes up a session.</summary>
    [Theory]
    [InlineData("a@b.example", "")]
    [InlineData("\"a b\"@b.example", "steps=7F")]
    [InlineData("", "version=3")]
    public async Task LocalMail_SamePackets(string sender, string script)
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        const string EveryMacro = MilterTalkTests.EveryMacro + " {daemon_port} {client_port} {client_connections}";
        const string Content = "From: a@b.example\nSubject: s\nTo: r@relay.example\nMessage-Id: <1@x>\nDate: Wed, 25 Nov 2026 12:00:00 +0000\n\nbody\n";
        var parameters = (script == "version=3" ? "milter_protocol = 3\n" : "") + $"milter_helo_macros = {EveryMacro}\nmilter_mail_macros = {EveryMacro}\nmilter_rcpt_macros = {EveryMacro}\nmilter_data_macros = {EveryMacro}\nmilter_end_of_data_macros = {EveryMacro}";
        await using var theirs = MilterScript.Start(script);
        await using var postfix = await PostfixInstance.StartAsync($"non_smtpd_milters = {theirs.Endpoint}\ndefault_transport = discard\n{parameters}", TestContext.Current.CancellationToken);
        await postfix.SendmailAsync(sender, "r@relay.example", Content, TestContext.Current.CancellationToken);
        await theirs.ClientLeft;

        await using var ours = MilterScript.Start(script);
        await using var bench = new CleanupBench($"non_smtpd_milters = {ours.Endpoint}\nmyhostname = client.example.test\n{parameters}");
        await bench.SendAsync(CleanupBench.Request(sender.Replace("\"", "", StringComparison.Ordinal)), [CleanupBench.Recipient("r@relay.example")], [Encoding.ASCII.GetBytes("Received: ours\n" + Content)]);
        await ours.ClientLeft;
        Assert.True(Show(theirs) == Show(ours), $"--- Postfix:\n{Show(theirs)}--- ours:\n{Show(ours)}");
    }

    private static async Task PlayAsync(SmtpdClient client)
    {
        await client.ReadReplyAsync();
        foreach (var command in Session)
        {
            await client.CommandAsync(command);
        }
    }

    private static string Show(ScriptedMilter milter) =>
        string.Concat(milter.Received.Select((l, i) => (l[0] switch
        {
            'O' => "O" + Convert.ToHexString(milter.Octets[i].AsSpan(1)),
            'C' => Port().Replace(l, "PORT"),
            _ => Version().Replace(QueueId().Replace(l, "i|ID|"), "v|Postfix|"),
        }) + "\n"));

    // Binary, before the address.
    [GeneratedRegex("(?<=^Clocalhost\\|4).*(?=127)", RegexOptions.Singleline)]
    private static partial Regex Port();

    [GeneratedRegex(@"(?<=^D.|\|)i\|[^|]+\|")]
    private static partial Regex QueueId();

    [GeneratedRegex(@"v\|Postfix [^|]+\|")]
    private static partial Regex Version();

    /// <summary>One Postfix for all cases, with a milter each.</summary>
    public sealed class Oracle : IAsyncLifetime
    {
        private readonly List<ScriptedMilter> _milters = [];
        private PostfixServices? _services;

        public string? Unusable { get; private set; } = PostfixServices.Missing;

        public async ValueTask InitializeAsync()
        {
            if (Unusable == null)
            {
                _services = await PostfixServices.StartAsync(() => [.. Cases.Select((c, i) => new PostfixService($"m{i}", Describe(c.Script, c.Parameters)))]);
                Unusable = _services == null ? "no network namespace can be made here" : null;
            }
        }

        internal async Task<string> PlayAsync(int number)
        {
            using (var client = _services!.Connect($"m{number}")) // usable
            {
                await MilterTalkTests.PlayAsync(client);
            }

            await _milters[number].ClientLeft;
            return Show(_milters[number]);
        }

        public async ValueTask DisposeAsync()
        {
            if (_services != null)
            {
                await _services.DisposeAsync();
            }

            foreach (var milter in _milters)
            {
                await milter.DisposeAsync();
            }
        }

        private string[] Describe(string script, string parameters)
        {
            _milters.Add(MilterScript.Start(script));
            return [.. $"smtpd_milters = {_milters[^1].Endpoint}\n{Macros}\n{parameters}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        }
    }
}
