namespace Estafeta.Interop.Tls;

/// <summary>
/// Every client security level against every kind of certificate, TLSA record and server, with Postfix and Estafeta at both ends, over a signed
/// zone and a validating resolver: what becomes of the mail, and what the log says, is what it is between two Postfixes.
/// </summary>
public sealed class SecurityLevelTests
{
    private static readonly string[] Levels = ["none", "may", "encrypt", "dane", "dane-only", "fingerprint", "verify", "secure", "insecure-mx"];

    [Fact]
    public void EveryLevelAndCertificate_EndsAsBetweenTwoPostfixes()
    {
        var lines = Laboratory.Run("levels.sh");
        var outcomes = LevelOutcomes.Read(lines);
        Assert.True(outcomes.Cases.Count() == Levels.Length * 12, string.Join('\n', lines.TakeLast(60)));

        // The bed is made as it should be: what must fail fails, what must not does not.
        Assert.Contains("2.0.0 sent", outcomes.Of("secure", "good", "pp"), StringComparison.Ordinal);
        Assert.Contains("Verified", outcomes.Of("dane-only", "selfsigned", "pp"), StringComparison.Ordinal);
        Assert.Contains("Server certificate not verified", outcomes.Of("dane", "badtlsa", "pp"), StringComparison.Ordinal);
        Assert.Contains("TLSA lookup error", outcomes.Of("dane", "bogus", "pp"), StringComparison.Ordinal);
        Assert.Contains("certificate has expired", outcomes.Of("verify", "expired", "pp"), StringComparison.Ordinal);
        Assert.Contains("Trusted", outcomes.Of("insecure-mx", "good", "pp"), StringComparison.Ordinal);
        Assert.Contains("TLS is required, but was not offered", outcomes.Of("encrypt", "notls", "pp"), StringComparison.Ordinal);
        var differences =
            from found in outcomes.Cases
            let expected = outcomes.Of(found.Level, found.Kind, "pp")
            from makers in (string[])["pe", "ep", "ee"]
            let actual = outcomes.Of(found.Level, found.Kind, makers)
            where actual != expected
            select $"{found.Level} {found.Kind}, {makers}: expected\n{expected}\ngot\n{actual}\n";
        Assert.Empty(differences);
        foreach (var client in (string[])["p", "e"])
        {
            Assert.Contains(lines, line => line.StartsWith(client + " ", StringComparison.Ordinal) && line.Contains("fatal: Invalid TLS level \"half-dane\"", StringComparison.Ordinal));
        }

        AssertPeers(lines);
    }

    // Other people's TLS, and their judgement on our server's certificates; posttls-finger over the same zone.
    private static void AssertPeers(string[] lines)
    {
        foreach (var peer in (string[])["openssl", "gnutls"])
        {
            Assert.Contains($"{peer} good 0", lines);
            foreach (var kind in (string[])["expired", "wrongname", "selfsigned"])
            {
                Assert.Contains($"{peer} {kind} 1", lines);
            }
        }

        var theirs = lines.Where(line => line.StartsWith("finger p ", StringComparison.Ordinal)).Select(line => line["finger p ".Length..]).ToList();
        var ours = lines.Where(line => line.StartsWith("finger e ", StringComparison.Ordinal)).Select(line => line["finger e ".Length..]).ToList();
        Assert.Contains(theirs, line => line.Contains("Verified TLS connection established", StringComparison.Ordinal));
        Assert.Equal(theirs, ours);
    }
}
