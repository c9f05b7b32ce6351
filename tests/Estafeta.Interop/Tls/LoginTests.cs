using System.Text.RegularExpressions;
using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Tls;

/// <summary>
/// Every SASL mechanism, with Postfix and Estafeta at both ends and libsasl2, saslauthd and Dovecot behind the servers: right and wrong
/// passwords end as between two Postfixes.
/// </summary>
public sealed partial class LoginTests
{
    [Fact]
    public void EveryMechanismAndBackEnd_EndsAsBetweenTwoPostfixes()
    {
        foreach (var program in (string[])["/usr/sbin/dovecot", "/usr/sbin/saslauthd", "/usr/sbin/saslpasswd2", "/usr/lib/x86_64-linux-gnu/sasl2/libscram.so"])
        {
            ServerProcess.Require(program);
        }

        var lines = Laboratory.Run("logins.sh");
        var outcomes = lines.Select(line => Status().Match(line)).Where(match => match.Success).ToLookup(
            match => (Mechanism: match.Groups["mechanism"].Value, BackEnd: match.Groups["backend"].Value, Login: match.Groups["login"].Value, Makers: match.Groups["client"].Value + match.Groups["server"].Value),
            match => $"{match.Groups["dsn"]} {match.Groups["status"]} {Alike(match.Groups["why"].Value)}");
        var cases = outcomes.Select(found => (found.Key.Mechanism, found.Key.BackEnd, found.Key.Login)).Distinct().ToList();
        Assert.True(cases.Count == 48, string.Join('\n', lines.TakeLast(60)));
        Assert.Contains("2.0.0 sent", Of("scram-sha-256", "cyrus", "good", "pp"), StringComparison.Ordinal);
        Assert.Contains("535 5.7.8", Of("plain", "saslauthd", "bad", "pp"), StringComparison.Ordinal);
        var differences =
            from found in cases.Where(found => found.BackEnd != "own")
            let expected = Of(found.Mechanism, found.BackEnd, found.Login, "pp")
            from makers in (string[])["pe", "ep", "ee"]
            let actual = Of(found.Mechanism, found.BackEnd, found.Login, makers)
            where actual != expected
            select $"{found}, {makers}: expected\n{expected}\ngot\n{actual}\n";
        Assert.Equal("", string.Concat(differences));

        // Our own back end has no peer; Postfix's client is to get along with it.
        foreach (var mechanism in (string[])["plain", "login", "cram-md5", "scram-sha-1", "scram-sha-256"])
        {
            Assert.Contains("2.0.0 sent", Of(mechanism, "own", "good", "pe"), StringComparison.Ordinal);
            Assert.Contains("535 5.7.8", Of(mechanism, "own", "bad", "pe"), StringComparison.Ordinal);
        }

        string Of(string mechanism, string backEnd, string login, string makers) => string.Join('\n', outcomes[(mechanism, backEnd, login, makers)].Distinct());
    }

    private static string Alike(string text) => Network().Replace(QueueId().Replace(text, "queued as ID"), "127.0.0.");

    [GeneratedRegex(@"^(?<client>[pe]) .*: to=<(?<login>good|bad)@(?<mechanism>[a-z0-9-]+)-(?<backend>[a-z]+)-(?<server>[pe])\.test>.*, dsn=(?<dsn>[0-9.]+), status=(?<status>\w+) \((?<why>.*)\)$")]
    private static partial Regex Status();

    [GeneratedRegex(@"queued as \w+")]
    private static partial Regex QueueId();

    [GeneratedRegex(@"127\.0\.[12]\.")]
    private static partial Regex Network();
}
