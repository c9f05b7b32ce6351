using Estafeta.Net.Dns;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>smtpd_dns_reply_filter: records that are none for the SMTP server, in lists and in names.</summary>
public class DnsReplyFilterTests
{
    [Theory]
    [InlineData("", "554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using bl.test; spam")]
    [InlineData("smtpd_dns_reply_filter = regexp:{{/127\\.0\\.0\\.2/ IGNORE}}", "250 2.1.5 Ok")]
    [InlineData("smtpd_dns_reply_filter = regexp:{{/127\\.0\\.0\\.9/ IGNORE}}", "554 5.7.1 Service unavailable; Client host [127.0.0.1] blocked using bl.test; spam")]
    public async Task IgnoredRecord_ListsNobody(string filter, string reply)
    {
        await using var names = new StubDnsServer().Address("1.0.0.127.bl.test", "127.0.0.2").Text("1.0.0.127.bl.test", "spam");
        Assert.EndsWith(
            reply + "\n",
            await ConverseAsync(names, "smtpd_recipient_restrictions = reject_rbl_client bl.test, permit\n" + filter),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "250 2.1.5 Ok")]
    [InlineData("smtpd_dns_reply_filter = regexp:{{/ MX / IGNORE}, {/ A / IGNORE}}", "450 4.1.8 <a@b.test>: Sender address rejected: Domain not found")]
    public async Task IgnoredRecords_MakeNoDomain(string filter, string reply)
    {
        await using var names = new StubDnsServer().Mx("b.test", 10, "mx.b.test").Address("mx.b.test", "192.0.2.1");
        Assert.EndsWith(
            reply + "\n",
            await ConverseAsync(names, "smtpd_recipient_restrictions = reject_unknown_sender_domain, permit\n" + filter),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_AreKept_SoThatClientsThatComeAgainCostNoQuery()
    {
        await using var names = new StubDnsServer().Add("1.0.0.127.bl.test", DnsRecordType.A, r =>
        {
            r.Code = 3;
            r.Authority("bl.test", 60);
        });
        await using var server = Start(names, "smtpd_recipient_restrictions = reject_rbl_client bl.test, permit");
        for (var i = 0; i < 3; i++)
        {
            await server.ConverseAsync("HELO x", "MAIL FROM:<a@b.test>", "RCPT TO:<root@mail.example.com>", "QUIT");
        }

        Assert.Single(names.Queries);
    }

    [Fact]
    public async Task ListsInARow_AreAskedAtOnce()
    {
        await using var names = new StubDnsServer().Address("1.0.0.127.bl1.test", "127.0.0.2").Text("1.0.0.127.bl1.test", "spam");
        await using var server = Start(
            names,
            "smtpd_recipient_restrictions = reject_rbl_client bl1.test, reject_rhsbl_sender bl2.test, permit_dnswl_client wl.test, permit_mynetworks, reject_rbl_client bl4.test");
        Assert.EndsWith(
            "blocked using bl1.test; spam\n",
            await server.ConverseAsync("HELO x", "MAIL FROM:<a@b.test>", "RCPT TO:<root@mail.example.com>"),
            StringComparison.Ordinal);

        // The first one refused, so nobody waits for the others; they are on their way all the same.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (names.Queries.Count < 4)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        Assert.Equal(
            ["1.0.0.127.bl1.test A", "1.0.0.127.bl1.test TXT", "1.0.0.127.wl.test A", "b.test.bl2.test A"],
            names.Queries.Select(q => $"{q.Name} {q.Type}").Order(StringComparer.Ordinal));
    }

    private static async Task<string> ConverseAsync(StubDnsServer names, string settings)
    {
        await using var server = Start(names, settings);
        return await server.ConverseAsync("HELO x", "MAIL FROM:<a@b.test>", "RCPT TO:<root@mail.example.com>");
    }

    private static SmtpdFixture Start(StubDnsServer names, string settings) =>
        new("mynetworks = 192.0.2.0/24\n" + settings, partners: p => p with { Resolver = names.CreateResolver() });
}
