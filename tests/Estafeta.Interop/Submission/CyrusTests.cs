using System.Text;
using Estafeta.Interop.Tables;
using Estafeta.Net.Sasl.Client;
using Estafeta.Net.Sasl.Server;
using Estafeta.Net.Sasl.Server.Cyrus;

namespace Estafeta.Interop.Submission;

/// <summary>smtpd_sasl_type = cyrus with the real libsasl2 and its password database.</summary>
public sealed class CyrusTests
{
    private const string Domain = "mail.example.test";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sasldb_AllMechanisms()
    {
        var saslpasswd = ServerProcess.Require("/usr/sbin/saslpasswd2");
        ServerProcess.Require("/usr/lib/x86_64-linux-gnu/sasl2/libscram.so", "/usr/lib/aarch64-linux-gnu/sasl2/libscram.so");
        var files = Directory.CreateTempSubdirectory("estafeta-cyrus");
        try
        {
            File.SetUnixFileMode(files.FullName, (UnixFileMode)0x1ED);
            var database = Path.Combine(files.FullName, "sasldb2");
            await ServerProcess.RunAsync(null, "secret\n", saslpasswd, "-p", "-c", "-f", database, "-u", Domain, "joe");
            File.SetUnixFileMode(database, (UnixFileMode)0x1B6);
            await File.WriteAllTextAsync(
                Path.Combine(files.FullName, "smtpd.conf"),
                $"pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: {database}\nmech_list: PLAIN LOGIN CRAM-MD5 DIGEST-MD5 SCRAM-SHA-256 SCRAM-SHA-1\n",
                Token);
            using var site = new SubmissionSite(
                $"smtpd_sasl_type = cyrus\nsmtpd_sasl_path = smtpd\ncyrus_sasl_config_path = {files.FullName}\nsmtpd_sasl_local_domain = {Domain}\n");
            site.System.Start();
            Assert.Equal(AuthDialog.Good, await AuthDialog.AskAsync(site, AuthDialog.Plain("joe", "secret")));
            Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, AuthDialog.Plain("joe", "wrong")), StringComparison.Ordinal);
            Assert.StartsWith("535 5.7.8 ", await AuthDialog.AskAsync(site, AuthDialog.Plain("eva", "secret")), StringComparison.Ordinal);
            foreach (var mechanism in (string[])["CRAM-MD5", "DIGEST-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256"])
            {
                Assert.Equal((mechanism, AuthDialog.Good), (mechanism, await LogInAsync(site, mechanism, "secret")));
                Assert.StartsWith("535 5.7.8 ", await LogInAsync(site, mechanism, "wrong"), StringComparison.Ordinal);
            }

            Assert.StartsWith("535 5.7.8 Error: authentication failed", await AuthDialog.AskAsync(site, "AUTH NTLM"), StringComparison.Ordinal);
        }
        finally
        {
            files.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task PasswordCheckThatTakesLong_KeepsNobodyElseWaiting()
    {
        Assert.SkipUnless(CyrusSaslServer.IsAvailable, "libsasl2 is not installed: apt-get install libsasl2-2 libsasl2-modules");
        var files = Directory.CreateTempSubdirectory("estafeta-cyrus");
        try
        {
            File.SetUnixFileMode(files.FullName, (UnixFileMode)0x1ED);
            var socket = Path.Combine(files.FullName, "mux");

            // Two methods: more than we do ourselves, without the library.
            await File.WriteAllTextAsync(
                Path.Combine(files.FullName, "smtpd.conf"), $"pwcheck_method: saslauthd auxprop\nsaslauthd_path: {socket}\nmech_list: PLAIN LOGIN\n", Token);
            await using var slowly = new SlowSaslauthd(socket, "slow");
            using var site = new SubmissionSite($"smtpd_sasl_type = cyrus\nsmtpd_sasl_path = smtpd\ncyrus_sasl_config_path = {files.FullName}\n");
            site.System.Start();
            var waiting = AuthDialog.AskAsync(site, AuthDialog.Plain("slow", "secret"));
            await slowly.Asked.WaitAsync(TimeSpan.FromMinutes(1), Token);
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(AuthDialog.Good, await AuthDialog.AskAsync(site, AuthDialog.Plain("joe", "secret")).WaitAsync(TimeSpan.FromMinutes(1), Token));
            }

            Assert.False(waiting.IsCompleted);
            slowly.Release();
            Assert.Equal(AuthDialog.Good, await waiting);
        }
        finally
        {
            files.Delete(recursive: true);
        }
    }

    // Our own client against Cyrus's server.
    private static async Task<string> LogInAsync(SubmissionSite site, string mechanism, string password)
    {
        var client = SaslClientMechanisms.Choose(
            [mechanism], SaslSecurityOptions.Parse("p", ""), new SaslCredentials("joe", password), usesTokens: false, filtered: false,
            new SaslClientConnection { HostName = Domain })!;
        var first = client.InitialResponse is { } initial ? " " + Convert.ToBase64String(initial) : "";
        return await AuthDialog.AskAsync(
            site,
            $"AUTH {mechanism}{first}",
            challenge => client.TryRespond(Encoding.UTF8.GetBytes(challenge), out var response) ? Encoding.UTF8.GetString(response) : "*");
    }
}
