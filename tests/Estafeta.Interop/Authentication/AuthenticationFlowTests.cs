using Estafeta.Interop.Filters;
using Estafeta.TestSystem;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Interop.Authentication;

/// <summary>The whole system with a name server of the test: own mail is signed, strangers' mail checked, refused or sealed, and the command explains it.</summary>
public sealed class AuthenticationFlowTests
{
    private const string You = "you@" + MailSystem.Domain;

    [Fact]
    public Task OwnMailComesBack_AForgeryDoesNot() => OwnNetwork.RunAsync(typeof(AuthenticationFlowTests), ScenarioAsync, hasNameServer: true);

    private static async Task ScenarioAsync()
    {
        var directory = Directory.CreateTempSubdirectory("estafeta-authentication");
        File.SetUnixFileMode(directory.FullName, (UnixFileMode)0x1ED); // mail_owner reads there
        var port = FreePort.Take();
        var (signing, keys) = (Path.Combine(directory.FullName, "signing"), Path.Combine(directory.FullName, "keys"));
        using var system = new MailSystem(
            $"estafeta_dkim_signing_table = refile:{signing}\nestafeta_dkim_key_table = file:{keys}\nestafeta_arc_seal_key = key",
            $"127.0.0.1:{port} inet n - n - - smtpd -o mynetworks=192.0.2.0/24 -o estafeta_dmarc=enforce -o estafeta_arc_verify=yes\n");
        var (status, record) = Programs.Run([Programs.Executable, "dkim", "-c", system.ConfigDirectory, "genkey", "-d", MailSystem.Domain, "-s", "new", "-t", "ed25519", "-D", directory.FullName]);
        Assert.True(status == 0, record);
        File.WriteAllText(signing, $"*@{MailSystem.Domain} key\n");
        File.WriteAllText(keys, $"key {MailSystem.Domain}:new:{directory.FullName}/new.private\n");
        await using var names = new StubDnsServer(53)
            .Text($"new._domainkey.{MailSystem.Domain}", record.Split('"')[1])
            .Text($"_dmarc.{MailSystem.Domain}", "v=DMARC1; p=reject");
        system.Start();
        try
        {
            Assert.Equal((0, ""), system.Run("sendmail", ["-f", You, You], "From: " + You + "\nSubject: s\n\nbody\n"));
            var signed = system.Delivered("you", 1)[0];
            Assert.Equal("550 5.7.1 Message rejected by the DMARC policy of example.test: neither SPF nor DKIM speaks for example.test", Send(port, "From: " + You + "\n\nforged\n", "550"));
            Send(port, "Authentication-Results: mail.example.test; dmarc=pass\n" + signed, "250");
            var received = system.Delivered("friend", 1)[0];
            Assert.Matches("(?m)^Authentication-Results: mail\\.example\\.test;\\n\\tspf=none [^;]*;\\n\\tdkim=pass header\\.d=example\\.test [^;]*;\\n\\tdmarc=pass \\(p=reject\\) header\\.from=example\\.test;\\n\\tarc=none$", received);
            Assert.DoesNotContain("; dmarc=pass\n", received, StringComparison.Ordinal);
            Assert.Contains("\nARC-Seal: i=1; a=ed25519-sha256; d=example.test; s=new;", received, StringComparison.Ordinal);

            var file = Path.Combine(directory.FullName, "received");
            await File.WriteAllTextAsync(file, received);
            var (outcome, explanation) = Programs.Run([Programs.Executable, "authenticate", file, "--client", "127.0.0.1", "-c", system.ConfigDirectory]);
            Assert.Contains("DKIM   pass       example.test, key new, ed25519-sha256\nDMARC  pass       example.test: DKIM of example.test; policy reject\nARC    pass       1 sets, the last of example.test\n", explanation, StringComparison.Ordinal);
            Assert.Equal(0, outcome);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Send(int port, string message, string code)
    {
        using var client = new SmtpDialog(port);
        client.BeginMail("friend@" + MailSystem.Domain);
        client.Send(string.Concat(message.Split('\n').SkipLast(1).Select(l => l + "\r\n")) + ".\r\n");
        var reply = client.Expect(code);
        client.Say("QUIT", "221");
        return reply;
    }
}
