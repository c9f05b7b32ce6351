using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Dkim;
using Estafeta.TestSystem;
using Estafeta.Tests.Authentication;

namespace Estafeta.Interop.Authentication;

/// <summary>The whole system beside opendkim, a milter of it: each signs, the other checks.</summary>
public sealed class OpenDkimTests : IDisposable
{
    private const string OpenDkim = "/usr/sbin/opendkim";
    private const string You = "you@" + MailSystem.Domain;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta-opendkim");
    private readonly int _verifierPort = FreePort.Take();
    private readonly int _signerPort = FreePort.Take();
    private readonly int _checkedPort = FreePort.Take();
    private readonly int _signedPort = FreePort.Take();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task EachChecksWhatTheOtherSigns()
    {
        Assert.SkipUnless(File.Exists(OpenDkim), "opendkim is not installed (apt-get install opendkim)");
        File.SetUnixFileMode(_directory.FullName, (UnixFileMode)0x1ED); // mail_owner reads there
        using var system = new MailSystem(
            $"estafeta_dkim_signing_table = refile:{Path("signing")}\nestafeta_dkim_key_table = file:{Path("keys")}",
            $"127.0.0.1:{_checkedPort} inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:{_verifierPort} -o estafeta_dkim_sign=\n"
            + $"127.0.0.1:{_signedPort} inet n - n - - smtpd -o smtpd_milters=inet:127.0.0.1:{_signerPort} -o estafeta_dkim_sign=\n");
        var (status, record) = Programs.Run([Programs.Executable, "dkim", "-c", system.ConfigDirectory, "genkey", "-d", MailSystem.Domain, "-s", "peer", "-D", _directory.FullName]);
        Assert.True(status == 0, record);
        File.WriteAllText(Path("signing"), $"*@{MailSystem.Domain} peer\n");
        File.WriteAllText(Path("keys"), $"peer {MailSystem.Domain}:peer:{Path("peer.private")}\n");
        var key = string.Concat(record.Split('(')[1].Split(')')[0].Split('"').Where((_, i) => i % 2 == 1));
        File.WriteAllText(Path("dns"), $"peer._domainkey.{MailSystem.Domain} {key}\n");
        using var verifier = await StartAsync(_verifierPort, "v");
        using var signer = await StartAsync(_signerPort, "s");
        try
        {
            system.Start();
            await RunAsync(system, key);
        }
        finally
        {
            Stop(verifier);
            Stop(signer);
        }
    }

    private async Task RunAsync(MailSystem system, string key)
    {
        // Ours is signed on its way from sendmail; opendkim checks it on its way through a second service.
        Assert.Equal((0, ""), system.Run("sendmail", ["-f", You, You], "From: " + You + "\nSubject: two  blanks\n folded\n\nline \n\nlast\n\n"));
        var ours = system.Delivered("you", 1)[0];
        Assert.Contains($"\nDKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={MailSystem.Domain};", ours, StringComparison.Ordinal);
        Send(_checkedPort, "friend", ours);
        var judged = system.Delivered("friend", 1)[0];
        Assert.True(judged.Contains("dkim=pass", StringComparison.Ordinal), judged);
        Assert.Matches($"(?m)^Authentication-Results: mail\\.example\\.test;\\s+dkim=pass \\(2048-bit key[^)]*\\) header\\.d={MailSystem.Domain} header\\.i=@{MailSystem.Domain}", judged);

        // And theirs.
        Send(_signedPort, "you", $"From: {You}\nSubject: from  a milter\n\nline  of text \n\n\n");
        var theirs = system.Delivered("you", 2).Single(m => m.Contains("from  a milter", StringComparison.Ordinal));
        Assert.Contains("DKIM-Signature: v=1; a=rsa-sha256;", theirs, StringComparison.Ordinal);
        var zone = new Zone($"peer._domainkey.{MailSystem.Domain} TXT {key}");
        var authenticator = new MessageAuthenticator(AuthenticationMethods.All, zone.Lookup, "mx.example.com", null, TimeProvider.System);
        await using var authentication = authenticator.Begin(null, "", "");
        authentication.Write(Encoding.UTF8.GetBytes(theirs));
        var result = Assert.Single((await authentication.FinishAsync(TestContext.Current.CancellationToken)).Dkim!);
        Assert.Equal((DkimOutcome.Pass, ""), (result.Outcome, result.Reason));
    }

    private static void Send(int port, string user, string message)
    {
        using var client = new SmtpDialog(port);
        client.BeginMail($"{user}@{MailSystem.Domain}");
        client.Send(string.Concat(message.Split('\n').SkipLast(1).Select(l => (l.StartsWith('.') ? "." : "") + l + "\r\n")) + ".\r\n");
        client.Expect("250");
        client.Say("QUIT", "221");
    }

    private string Path(string name) => System.IO.Path.Combine(_directory.FullName, name);

    private async Task<Process> StartAsync(int port, string mode)
    {
        File.WriteAllText(Path(mode), $"""
            Mode {mode}
            Socket inet:{port}@127.0.0.1
            Canonicalization relaxed/relaxed
            Domain {MailSystem.Domain}
            Selector peer
            KeyFile {Path("peer.private")}
            InternalHosts {(mode == "s" ? "127.0.0.1" : "192.0.2.1")}
            RequireSafeKeys no
            OversignHeaders From
            AuthservID mail.{MailSystem.Domain}
            TestDNSData file:{Path("dns")}

            """);
        var process = Process.Start(new ProcessStartInfo(OpenDkim, ["-f", "-x", Path(mode)]) { RedirectStandardError = true })!;
        for (var patience = 0; ; patience++)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return process;
            }
            catch (SocketException) when (patience < 1200 && !process.HasExited)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken); // until it listens
            }
        }
    }

    private static void Stop(Process process)
    {
        process.Kill();
        process.WaitForExit();
    }
}
