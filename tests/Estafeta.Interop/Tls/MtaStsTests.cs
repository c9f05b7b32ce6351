using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Tls;

/// <summary>MTA-STS (RFC 8461) and TLS reports (RFC 8460) from end to end: the whole system, a signed zone, an HTTPS server, a Postfix behind the MX records.</summary>
public sealed class MtaStsTests
{
    [Fact]
    public void PoliciesAreObeyed_AndReported()
    {
        ServerProcess.Require("/usr/bin/python3");
        var lines = Laboratory.Run("mta-sts.sh");
        Assert.Equal(
            [
                "broken tls=may, 2.0.0 sent 250 2.0.0 Ok: queued",
                "dane tls=dane, 2.0.0 sent 250 2.0.0 Ok: queued",
                "good tls=secure, 2.0.0 sent 250 2.0.0 Ok: queued",
                "mitm tls=!secure, 4.7.5 deferred Server certificate not verified",
                "nothing tls=may, 2.0.0 sent 250 2.0.0 Ok: queued",
                "plain tls=!secure, 4.7.4 deferred TLS is required, but was not offered by host mx.plain.test[127.0.2.14]",
                "strange 4.7.5 deferred MX host mx.strange.test is not in the MTA-STS policy of strange.test",
                "testing tls=may, 2.0.0 sent 250 2.0.0 Ok: queued",
            ],
            Section(lines, "results"));
        var sts = Section(lines, "sts");
        Assert.StartsWith("query kept:       id=20261125 mode=enforce max_age=604800 mx=mx.good.test, fetched ", sts[0], StringComparison.Ordinal);
        Assert.Equal(
            [
                "query announced:  id=20261125",
                "query published:  mode=enforce max_age=604800 mx=mx.good.test",
                "query mail host:  mx.good.test is covered",
                "refresh good.test: mode=enforce max_age=604800 mx=mx.good.test",
                "purge good.test: forgotten",
                "query broken kept:       nothing",
                "query broken announced:  id=20261125",
                "query broken published:  sts-webpki-invalid: mta-sts.broken.test: server certificate not verified: hostname mismatch",
            ],
            sts[1..]);

        // What we sent, read by our own reader of reports; that of "testing" went by mail.
        var reports = Section(lines, "reports").Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        foreach (var expected in (string[])[
            "broken.test client.test no-policy-found 1 0", "broken.test client.test sts 0 1", "dane.test client.test tlsa 1 0", "good.test client.test sts 1 0",
            "mitm.test client.test sts 0 1", "nothing.test client.test no-policy-found 1 0", "plain.test client.test sts 0 1", "strange.test client.test sts 0 1",
            "1 broken.test sts-webpki-invalid mta-sts.broken.test: server certificate not verified: hostname mismatch",
            "1 mitm.test certificate-host-mismatch mx.mitm.test hostname mismatch", "1 plain.test starttls-not-supported mx.plain.test",
            "TLS report for good.test: reports.test answered 201", "TLS report for testing.test: queued", "mailed sent"])
        {
            Assert.Contains(expected, reports);
        }
    }

    private static string[] Section(string[] lines, string name) =>
        [.. lines.SkipWhile(line => line != "== " + name).Skip(1).TakeWhile(line => !line.StartsWith("== ", StringComparison.Ordinal)).Where(line => line.Length > 0)];
}
