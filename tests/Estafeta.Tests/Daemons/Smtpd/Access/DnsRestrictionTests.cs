using Estafeta.Net.Dns;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Smtpd.Access;

/// <summary>
/// Every restriction that asks the name service, by what that says: found, absent, SERVFAIL, silence. Trouble is a 4xx or no verdict, never a
/// refusal for good and never a welcome.
/// </summary>
public sealed class DnsRestrictionTests : IAsyncDisposable
{
    private const string Accepted = "250 2.1.5 Ok";

    private readonly StubDnsServer _dns = TestZone.Serve();

    public DnsRestrictionTests()
    {
        var lame = _dns.RawHandler!; // TestZone sets one
        _dns.RawHandler = (query, transport) => StubDnsServer.Question(query).Name.EndsWith("silent.example", StringComparison.Ordinal) ? null : lame(query, transport);
    }

    public ValueTask DisposeAsync() => _dns.DisposeAsync();

    [Theory]
    [InlineData("reject_unknown_sender_domain", "good", Accepted)]
    [InlineData("reject_unknown_sender_domain", "nx", "450 4.1.8 <u@nx.example>: Sender address rejected: Domain not found")]
    [InlineData("reject_unknown_sender_domain", "nodata", "450 4.1.8 <u@nodata.example>: Sender address rejected: Domain not found")]
    [InlineData("reject_unknown_sender_domain", "nullmx", "550 5.7.27 <u@nullmx.example>: Sender address rejected: Domain nullmx.example does not accept mail (nullMX)")]
    [InlineData("reject_unknown_sender_domain", "lame", "450 4.1.8 <u@lame.example>: Sender address rejected: Domain not found")]
    [InlineData("reject_unknown_sender_domain", "silent", "450 4.1.8 <u@silent.example>: Sender address rejected: Domain not found")]
    [InlineData("reject_unknown_address", "nx", "450 4.1.8 <u@nx.example>: Sender address rejected: Domain not found")]
    [InlineData("reject_rhsbl_sender rhsbl.example", "bad", "554 5.7.1 Service unavailable; Sender address [u@bad.example] blocked using rhsbl.example; bad domain")]
    [InlineData("reject_rhsbl_sender rhsbl.example", "good", Accepted)]
    [InlineData("reject_rhsbl_sender lamebl.example", "bad", Accepted)]
    [InlineData("reject_rhsbl_sender silent.example", "bad", Accepted)]
    [InlineData("check_sender_mx_access inline:{{mx.bad.example=REJECT mx}}", "bad", "554 5.7.1 <u@bad.example>: Sender address rejected: mx")]
    [InlineData("check_sender_mx_access inline:{{192.0.2.25=REJECT mx}}", "good", "554 5.7.1 <u@good.example>: Sender address rejected: mx")]
    [InlineData("check_sender_mx_access static:REJECT", "lame", Accepted)]
    [InlineData("check_sender_ns_access inline:{{ns.bad.example=REJECT ns}}", "bad", "554 5.7.1 <u@bad.example>: Sender address rejected: ns")]
    [InlineData("check_sender_ns_access static:REJECT", "silent", Accepted)]
    [InlineData("check_sender_a_access inline:{{203.0.113=REJECT a}}", "bad", "554 5.7.1 <u@bad.example>: Sender address rejected: a")]
    [InlineData("check_sender_a_access static:REJECT", "lame", Accepted)]
    [InlineData("check_sender_mx_access inline:{{mx.good.example=OK}}", "good", "451 4.3.5 Server configuration error")]
    public Task Sender_ByDomain(string restriction, string domain, string reply) =>
        AssertReplyAsync(restriction, "NAME=host.good.example ADDR=192.0.2.11", "h.example", $"u@{domain}.example", "x@relay.example", reply);

    [Fact]
    public async Task InternationalDomain_IsAskedForInAscii()
    {
        _ = _dns.Mx("xn--bcher-kva.example", 10, "mx.good.example");

        // "bücher", a character an octet as the test client sends it
        await AssertReplyAsync("reject_unknown_sender_domain", "NAME=host.good.example ADDR=192.0.2.11", "h.example", "u@b\u00c3\u00bccher.example", "x@relay.example", Accepted);
    }

    [Theory]
    [InlineData("reject_unknown_recipient_domain", "good", "250 2.1.5 Ok")]
    [InlineData("reject_unknown_recipient_domain", "nx", "450 4.1.2 <u@nx.example>: Recipient address rejected: Domain not found")]
    [InlineData("reject_unknown_recipient_domain", "nullmx", "556 5.1.10 <u@nullmx.example>: Recipient address rejected: Domain nullmx.example does not accept mail (nullMX)")]
    [InlineData("reject_unknown_recipient_domain", "lame", "450 4.1.2 <u@lame.example>: Recipient address rejected: Domain not found")]
    [InlineData("reject_rhsbl_recipient rhsbl.example", "bad", "554 5.7.1 Service unavailable; Recipient address [u@bad.example] blocked using rhsbl.example; bad domain")]
    [InlineData("check_recipient_mx_access inline:{{mx.bad.example=REJECT mx}}", "bad", "554 5.7.1 <u@bad.example>: Recipient address rejected: mx")]
    [InlineData("check_recipient_ns_access inline:{{ns.bad.example=REJECT ns}}", "bad", "554 5.7.1 <u@bad.example>: Recipient address rejected: ns")]
    [InlineData("check_recipient_a_access inline:{{203.0.113.10=REJECT a}}", "bad", "554 5.7.1 <u@bad.example>: Recipient address rejected: a")]
    [InlineData("permit_mx_backup, reject", "backup", "250 2.1.5 Ok")]
    [InlineData("permit_mx_backup, reject", "primary", "554 5.7.1 <u@primary.example>: Recipient address rejected: Access denied")]
    [InlineData("permit_mx_backup, reject", "nx", "554 5.7.1 <u@nx.example>: Recipient address rejected: Access denied")]
    [InlineData("permit_mx_backup, reject", "lame", "450 4.4.4 <u@lame.example>: Recipient address rejected: Unable to look up mail exchanger information: Host not found, try again")]
    public Task Recipient_ByDomain(string restriction, string domain, string reply) =>
        AssertReplyAsync(restriction, "NAME=host.good.example ADDR=192.0.2.11", "h.example", "u@good.example", $"u@{domain}.example", reply);

    [Fact]
    public async Task MxBackup_SaysThatItWillGo()
    {
        await using var server = new SmtpdFixture("smtpd_recipient_restrictions = permit_mx_backup, reject", partners: p => p with { Resolver = Resolver() });
        await server.ConverseAsync("EHLO h.example", "MAIL FROM:<>", "RCPT TO:<u@backup.example>");

        Assert.Single(
            await server.StopAsync(),
            static l => l == "warning: support for restriction \"permit_mx_backup\" will be removed from Postfix; instead, specify \"relay_domains\"");
    }

    [Theory]
    [InlineData("reject_unknown_helo_hostname", "host.good.example", Accepted)]
    [InlineData("reject_unknown_helo_hostname", "mxonly.example", Accepted)]
    [InlineData("reject_unknown_helo_hostname", "nx.example", "450 4.7.1 <nx.example>: Helo command rejected: Host not found")]
    [InlineData("reject_unknown_helo_hostname", "lame.example", "450 4.7.1 <lame.example>: Helo command rejected: Host not found")]
    [InlineData("reject_unknown_helo_hostname", "silent.example", "450 4.7.1 <silent.example>: Helo command rejected: Host not found")]
    [InlineData("reject_unknown_hostname", "nx.example", "450 4.7.1 <nx.example>: Helo command rejected: Host not found")]
    [InlineData("reject_rhsbl_helo rhsbl.example", "bad.example", "554 5.7.1 Service unavailable; Helo command [bad.example] blocked using rhsbl.example; bad domain")]
    [InlineData("reject_rhsbl_helo lamebl.example", "bad.example", Accepted)]
    [InlineData("check_helo_a_access inline:{{203.0.113.10=REJECT a}}", "bad.example", "554 5.7.1 <bad.example>: Helo command rejected: a")]
    [InlineData("check_helo_mx_access inline:{{203.0.113.66=REJECT mx}}", "bad.example", "554 5.7.1 <bad.example>: Helo command rejected: mx")]
    [InlineData("check_helo_ns_access inline:{{203.0.113.53=REJECT ns}}", "bad.example", "554 5.7.1 <bad.example>: Helo command rejected: ns")]
    [InlineData("check_helo_mx_access inline:{{192.0.2=REJECT net}}", "[192.0.2.9]", "554 5.7.1 <[192.0.2.9]>: Helo command rejected: net")]
    public Task Helo_ByName(string restriction, string helo, string reply) =>
        AssertReplyAsync(restriction, "NAME=host.good.example ADDR=192.0.2.11", helo, "u@good.example", "x@relay.example", reply);

    [Theory]
    [InlineData("reject_rbl_client zen.example", "ADDR=192.0.2.66", "554 5.7.1 Service unavailable; Client host [192.0.2.66] blocked using zen.example; see $http://zen.example/66")]
    [InlineData("reject_rbl zen.example", "ADDR=192.0.2.67", "554 5.7.1 Service unavailable; Client host [192.0.2.67] blocked using zen.example")]
    [InlineData("reject_rbl_client zen.example", "ADDR=192.0.2.67", "554 5.7.1 Service unavailable; Client host [192.0.2.67] blocked using zen.example")]
    [InlineData("reject_rbl_client zen.example", "ADDR=IPV6:2001:db8::6", "554 5.7.1 Service unavailable; Client host [2001:db8::6] blocked using zen.example; six")]
    [InlineData("reject_rbl_client zen.example", "ADDR=192.0.2.1", Accepted)]
    [InlineData("reject_rbl_client zen.example=127.0.0.[2..9]", "ADDR=192.0.2.67", Accepted)]
    [InlineData("reject_rbl_client zen.example=127.0.0.[8;10]", "ADDR=192.0.2.67", "554 5.7.1 Service unavailable; Client host [192.0.2.67] blocked using zen.example")]
    [InlineData("reject_rbl_client lamebl.example", "ADDR=192.0.2.66", Accepted)]
    [InlineData("reject_rbl_client silent.example", "ADDR=192.0.2.66", Accepted)]
    [InlineData("permit_dnswl_client dnswl.example, reject", "ADDR=192.0.2.80", Accepted)]
    [InlineData("permit_dnswl_client dnswl.example, reject", "ADDR=192.0.2.81", "554 5.7.1 <x@relay.example>: Recipient address rejected: Access denied")]
    [InlineData("permit_dnswl_client lamebl.example, reject", "ADDR=192.0.2.80", "450 4.7.1 <192.0.2.80>: Client host rejected: Service unavailable")]
    [InlineData("permit_dnswl_client silent.example, reject", "ADDR=192.0.2.80", "450 4.7.1 <192.0.2.80>: Client host rejected: Service unavailable")]
    [InlineData("permit_rhswl_client rhswl.example, reject", "NAME=host.good.example ADDR=192.0.2.11", Accepted)]
    [InlineData("reject_rhsbl_client rhsbl.example", "NAME=host.bad.example ADDR=203.0.113.11", "554 5.7.1 Service unavailable; Client host [host.bad.example] blocked using rhsbl.example")]
    [InlineData("reject_rhsbl_client lamebl.example", "NAME=host.bad.example ADDR=203.0.113.11", Accepted)]
    [InlineData("reject_rhsbl_reverse_client rhsbl.example", "NAME=[UNAVAILABLE] REVERSE_NAME=host.bad.example ADDR=203.0.113.11", "554 5.7.1 Service unavailable; Unverified Client host [host.bad.example] blocked using rhsbl.example")]
    [InlineData("reject_unknown_client_hostname", "NAME=[UNAVAILABLE] REVERSE_NAME=x.example ADDR=192.0.2.1", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]")]
    [InlineData("reject_unknown_client_hostname", "NAME=[TEMPUNAVAIL] ADDR=192.0.2.1", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]")]
    [InlineData("reject_unknown_reverse_client_hostname", "NAME=[UNAVAILABLE] REVERSE_NAME=x.example ADDR=192.0.2.1", Accepted)]
    [InlineData("reject_unknown_reverse_client_hostname", "NAME=[UNAVAILABLE] REVERSE_NAME=[UNAVAILABLE] ADDR=192.0.2.1", "450 4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]")]
    [InlineData("check_client_a_access inline:{{203.0.113.10=REJECT a}}", "NAME=bad.example ADDR=203.0.113.10", "554 5.7.1 <bad.example[203.0.113.10]>: Client host rejected: a")]
    [InlineData("check_client_mx_access inline:{{mx.bad.example=REJECT mx}}", "NAME=bad.example ADDR=203.0.113.10", "554 5.7.1 <bad.example[203.0.113.10]>: Client host rejected: mx")]
    [InlineData("check_client_ns_access inline:{{ns.bad.example=REJECT ns}}", "NAME=host.bad.example ADDR=203.0.113.11", "554 5.7.1 <host.bad.example[203.0.113.11]>: Client host rejected: ns")]
    [InlineData("check_reverse_client_hostname_a_access inline:{{203.0.113.10=REJECT a}}", "NAME=[UNAVAILABLE] REVERSE_NAME=bad.example ADDR=192.0.2.1", "554 5.7.1 <bad.example>: Unverified Client host rejected: a")]
    [InlineData("check_reverse_client_hostname_mx_access inline:{{mx.bad.example=REJECT mx}}", "NAME=[UNAVAILABLE] REVERSE_NAME=bad.example ADDR=192.0.2.1", "554 5.7.1 <bad.example>: Unverified Client host rejected: mx")]
    [InlineData("check_reverse_client_hostname_ns_access inline:{{ns.bad.example=REJECT ns}}", "NAME=[UNAVAILABLE] REVERSE_NAME=bad.example ADDR=192.0.2.1", "554 5.7.1 <bad.example>: Unverified Client host rejected: ns")]
    [InlineData("check_client_mx_access static:REJECT", "NAME=x.lame.example ADDR=203.0.113.10", Accepted)]
    public Task Client_ByNameAndAddress(string restriction, string client, string reply) =>
        AssertReplyAsync(restriction, client, "h.example", "u@good.example", "x@relay.example", reply);

    [Theory]
    [InlineData("unknown_client_reject_code = 550", "reject_unknown_client_hostname", "NAME=[UNAVAILABLE] ADDR=192.0.2.1", "550 5.7.25 ")]
    [InlineData("unknown_client_reject_code = 550", "reject_unknown_client_hostname", "NAME=[TEMPUNAVAIL] ADDR=192.0.2.1", "450 4.7.25 ")]
    [InlineData("unknown_client_reject_code = 550", "reject_unknown_reverse_client_hostname", "REVERSE_NAME=[TEMPUNAVAIL] ADDR=192.0.2.1", "450 4.7.1 ")]
    public async Task ClientName_InTrouble_IsNeverRefusedForGood(string parameter, string restriction, string client, string start)
    {
        var replies = await ConverseAsync(parameter + "\n", restriction, client, "h.example", "u@good.example", "x@relay.example");
        Assert.StartsWith(start, replies, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown_address_reject_code = 550", "reject_unknown_sender_domain")]
    [InlineData("unknown_hostname_reject_code = 550", "reject_unknown_helo_hostname")]
    public async Task NameInTrouble_IsNeverRefusedForGood(string parameter, string restriction)
    {
        foreach (var name in (string[])["lame.example", "silent.example"])
        {
            var reply = await ConverseAsync(parameter + "\n", restriction, "NAME=host.good.example ADDR=192.0.2.11", name, "u@" + name, "x@relay.example");
            Assert.StartsWith("450 ", reply, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TempfailAction_Defer_AnswersAtOnce()
    {
        // A reject that follows would win over defer_if_permit.
        const string list = "reject_unknown_sender_domain, reject";
        var waits = await ConverseAsync("", list, "NAME=host.good.example ADDR=192.0.2.11", "h.example", "u@lame.example", "x@relay.example");
        var defers = await ConverseAsync("unknown_address_tempfail_action = defer\n", list, "NAME=host.good.example ADDR=192.0.2.11", "h.example", "u@lame.example", "x@relay.example");

        Assert.StartsWith("554 ", waits, StringComparison.Ordinal);
        Assert.StartsWith("450 4.1.8 ", defers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReplyFilter_ThatDropsAll_IsTrouble()
    {
        var reply = await ConverseAsync(
            "smtpd_dns_reply_filter = pcre:{{/./ IGNORE}}\n", "reject_unknown_sender_domain", "NAME=host.good.example ADDR=192.0.2.11", "h.example", "u@good.example", "x@relay.example");
        Assert.StartsWith("450 4.1.8 ", reply, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zen.example=554 $rbl_what in $rbl_domain as $rbl_class: $rbl_reason", "554 5.7.1 192.0.2.66 in zen.example as Client host: see $http://zen.example/66")]
    [InlineData("zen.example=$rbl_code 4.7.9 ${client_name}[$client_address] ${rbl_txt?because}", "554 5.7.9 unknown[192.0.2.66] because")]
    [InlineData("zen.example=nonsense", "450 4.7.1 Service unavailable")]
    [InlineData("other.example=554 other", "554 5.7.1 Service unavailable; Client host [192.0.2.66] blocked using zen.example; see $http://zen.example/66")]
    public async Task ReplyMap_WordsTheRefusal(string entry, string reply) => Assert.Equal(reply, await ConverseAsync(
        $"rbl_reply_maps = inline:{{{{{entry}}}}}\n".Replace("$", "$$", StringComparison.Ordinal), "reject_rbl_client zen.example", "NAME=[UNAVAILABLE] ADDR=192.0.2.66", "h.example", "u@good.example", "x@relay.example"));

    [Fact]
    public async Task LiveClient_WithoutNameService_IsUnknownForNow()
    {
        _dns.RawHandler = static (query, _) => new DnsReplyBuilder { Code = 2 }.Build(query);
        await using var server = new SmtpdFixture("smtpd_peername_lookup = yes\nsmtpd_recipient_restrictions = reject_unknown_client_hostname\nunknown_client_reject_code = 550", partners: p => p with { Resolver = Resolver() });
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync("MAIL FROM:<>");

        // 127.0.0.1 is in /etc/hosts: that needs no name service.
        Assert.Equal(Accepted, await client.CommandAsync("RCPT TO:<x@relay.example>"));
    }

    private async Task AssertReplyAsync(string restriction, string client, string helo, string sender, string recipient, string reply) =>
        Assert.Equal(reply, await ConverseAsync("", restriction, client, helo, sender, recipient));

    private async Task<string> ConverseAsync(string parameters, string restriction, string client, string helo, string sender, string recipient)
    {
        await using var server = new SmtpdFixture(
            $"{parameters}smtpd_authorized_xclient_hosts = 127.0.0.1\nsmtpd_relay_restrictions = check_client_access static:OK, reject\nsmtpd_recipient_restrictions = {restriction}, permit\n",
            partners: p => p with { Resolver = Resolver(isSilent: $"{restriction} {helo} {sender} {recipient}".Contains("silent", StringComparison.Ordinal)) });
        using var session = await server.ConnectAsync();
        Assert.StartsWith("220 ", await session.CommandAsync("XCLIENT " + client), StringComparison.Ordinal);
        await session.CommandAsync("EHLO " + helo);
        Assert.StartsWith("250 ", await session.CommandAsync($"MAIL FROM:<{sender}>"), StringComparison.Ordinal);
        return await session.CommandAsync($"RCPT TO:<{recipient}>");
    }

    private DnsResolver Resolver(bool isSilent = false) =>
        new(TimeProvider.System, isSilent ? _dns.Configuration with { Timeout = TimeSpan.FromMilliseconds(100) } : _dns.Configuration);
}
