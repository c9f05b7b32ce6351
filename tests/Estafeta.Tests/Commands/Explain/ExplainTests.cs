using System.Text;
using System.Text.Json;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Explain;
using Estafeta.Configuration;
using Estafeta.Configuration.MasterCf;
using Estafeta.Net.Dns;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Commands.Explain;

/// <summary>estafeta explain: verdict, what decided it, and the route.</summary>
public sealed class ExplainTests : IAsyncDisposable
{
    private const string MainCf = """
        compatibility_level = 3.12
        myhostname = mail.example.com
        mydestination = mail.example.com, localhost
        mynetworks = 10.0.0.0/8
        inet_interfaces = 127.0.0.1
        queue_directory = /tmp
        local_recipient_maps =
        alias_maps = inline:{{postmaster=root}}
        relay_domains = relay.example
        canonical_maps = inline:{{jd@mail.example.com=john.doe@relay.example}}
        virtual_alias_domains = va.example
        virtual_alias_maps = inline:{{u@va.example=joe root@relay.example}}
        recipient_bcc_maps = inline:{{watched@relay.example=archive@relay.example}}
        transport_maps = inline:{{relay.example=smtp:[10.1.1.1]:26}}
        smtpd_restriction_classes = strict
        strict = check_sender_access inline:{{bad.example=REJECT we know you}}, check_sender_access fail:x
        smtpd_client_restrictions = check_client_access cidr:{{192.0.2.0/24 strict}}
        smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, permit_tls_clientcerts, reject_unauth_destination
        smtpd_recipient_restrictions = permit_mynetworks, reject_rbl_client zen.example, reject_unknown_sender_domain
        smtpd_data_restrictions = check_recipient_access inline:{{held@relay.example=HOLD for you}}
        smtpd_end_of_data_restrictions = check_sender_access inline:{{last@known.example=REJECT in the end}}
        smtpd_sasl_auth_enable = yes
        smtpd_sasl_type = estafeta
        estafeta_sasl_password_maps = inline:{joe={PLAIN}x}
        relay_clientcerts = inline:{{AA:BB=x}}
        """;

    private readonly StubDnsServer _dns = new();

    public ExplainTests() => _dns
        .Address("2.0.51.198.zen.example", "127.0.0.2").Text("2.0.51.198.zen.example", "spam")
        .Mx("known.example", 10, "mx.known.example")
        .Fail("lame.example", DnsRecordType.MX).Fail("lame.example", DnsRecordType.A).Fail("lame.example", DnsRecordType.AAAA)
        .Pointer("203.0.113.5", "host.known.example").Address("host.known.example", "203.0.113.5");

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    [Fact]
    public async Task Table_OfAClass_IsNamedWithTheKeyThatMatched()
    {
        var text = await TextAsync("--client 192.0.2.9 --name h.example --from a@sub.bad.example --rcpt u@va.example");

        Assert.Contains("REJECTED at RCPT TO:<u@va.example>: 554 5.7.1 <a@sub.bad.example>: Sender address rejected: we know you\n", text, StringComparison.Ordinal);
        Assert.Contains("cidr:{{192.0.2.0/24 strict}}  key \"192.0.2.9\"  -> strict\n", text, StringComparison.Ordinal);
        Assert.Contains("inline:{{bad.example=REJECT we know you}}  key \"bad.example\"  -> REJECT we know you\n", text, StringComparison.Ordinal);
        Assert.Contains("log: NOQUEUE: reject: RCPT from h.example[192.0.2.9]: 554 5.7.1 ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DnsList_AnswerIsShown()
    {
        var text = await TextAsync("--client 198.51.0.2 --name h.example --from a@known.example --rcpt x@relay.example");

        Assert.Contains("2.0.51.198.zen.example A  -> 127.0.0.2\n", text, StringComparison.Ordinal);
        Assert.Contains("REJECTED at RCPT TO:<x@relay.example>: 554 5.7.1 Service unavailable; Client host [198.51.0.2] blocked using zen.example; spam\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NameService_InTrouble_SaysWhichRestrictionDeferred()
    {
        var text = await TextAsync("--client 203.0.113.5 --from a@lame.example --rcpt x@relay.example");

        Assert.Contains("client host.known.example[203.0.113.5]\n", text, StringComparison.Ordinal);
        Assert.Contains("EHLO host.known.example\n", text, StringComparison.Ordinal);
        Assert.Contains("deferred because of reject_unknown_sender_domain\n", text, StringComparison.Ordinal);
        Assert.Contains("DEFERRED at RCPT TO:<x@relay.example>: 450 4.1.8 <a@lame.example>: Sender address rejected: Domain not found\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accepted_ShowsTheWholeRoute()
    {
        var text = await TextAsync(
            "--client 10.0.0.1 --name h.example --from a@known.example --rcpt u@va.example --rcpt jd --rcpt postmaster@localhost --rcpt watched@relay.example");

        Assert.Contains("\nACCEPTED\n", text, StringComparison.Ordinal);
        Assert.Contains("virtual alias maps  -> joe@mail.example.com, root@relay.example\n", text, StringComparison.Ordinal);
        Assert.Contains("to joe@mail.example.com: local domain, transport local, nexthop mail.example.com\n", text, StringComparison.Ordinal);
        Assert.Contains("to root@relay.example: relay domain, transport smtp, nexthop [10.1.1.1]:26\n", text, StringComparison.Ordinal);
        Assert.Contains("jd\n  rewritten  -> jd@mail.example.com\n  canonical maps  -> john.doe@relay.example\n", text, StringComparison.Ordinal);
        Assert.Contains("alias_maps  -> postmaster: root\n", text, StringComparison.Ordinal);
        Assert.Contains("copy\n  to archive@relay.example: relay domain", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--login joe", true)]
    [InlineData("--ccert AA:BB", true)]
    [InlineData("--ccert AA:CC", false)]
    [InlineData("", false)]
    public async Task Relaying_IsForThoseWhoShowWhoTheyAre(string option, bool isAccepted)
    {
        var explanation = await ExplainAsync($"--client 203.0.113.9 --name h.example {option} --from a@known.example --rcpt x@elsewhere.example");

        Assert.Equal(isAccepted, explanation.Session.IsAccepted);
    }

    [Fact]
    public async Task ContentRestrictions_AreAskedToo()
    {
        var held = await TextAsync("--client 10.0.0.1 --name h.example --from a@known.example --rcpt held@relay.example");
        Assert.Contains("hold: DATA from h.example[10.0.0.1]: <held@relay.example>: Recipient address for you;", held, StringComparison.Ordinal);

        var refused = await TextAsync("--client 10.0.0.1 --name h.example --from last@known.example --rcpt x@relay.example");
        Assert.Contains("REJECTED at END-OF-MESSAGE: 554 5.7.1 <last@known.example>: Sender address rejected: in the end\n", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BrokenTable_Is451WithItsReason()
    {
        var text = await TextAsync("--client 192.0.2.9 --name h.example --from a@known.example --rcpt u@va.example");

        Assert.Contains("fail:x  key \"a@known.example\"  -> trouble: ", text, StringComparison.Ordinal);
        Assert.Contains("DEFERRED at RCPT TO:<u@va.example>: 451 4.3.5 ", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_HasTheSame()
    {
        var explanation = await ExplainAsync("--client 198.51.0.2 --name h.example --from a@known.example --rcpt x@relay.example --json");
        using var json = JsonDocument.Parse(ExplanationJson.Write(explanation));

        Assert.False(json.RootElement.GetProperty("accepted").GetBoolean());
        var command = json.RootElement.GetProperty("commands").EnumerateArray().Last();
        Assert.Equal("RCPT TO:<x@relay.example>", command.GetProperty("command").GetString());
        Assert.Contains(command.GetProperty("steps").EnumerateArray(), s =>
            s.GetProperty("kind").GetString() == "dns" && s.GetProperty("result").GetString() == "127.0.0.2");
    }

    [Theory]
    [InlineData("--client nonsense --from a --rcpt b")]
    [InlineData("--client 10.0.0.1 --from a")]
    [InlineData("--client 10.0.0.1 --from a --rcpt b --what")]
    public void BadOptions_AreTheUsage(string arguments) =>
        Assert.Equal(64, Assert.Throws<CommandException>(() => ExplainOptions.Parse(arguments.Split(' '))).ExitCode);

    private async Task<string> TextAsync(string arguments) => Encoding.UTF8.GetString(ExplanationText.Write(await ExplainAsync(arguments)));

    private async Task<Explanation> ExplainAsync(string arguments) => await ExplainProgram.ExplainAsync(
        ExplainOptions.Parse(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
        ParameterSet.Parse(MainCf),
        MasterCfFile.Parse("smtp inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\nrewrite unix - - n - - trivial-rewrite\n", "master.cf"),
        TimeProvider.System,
        _dns.CreateResolver());
}
