using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.TestSystem;
using Estafeta.Interop.Tables;

namespace Estafeta.Interop.Submission;

/// <summary>
/// Submission as users do it: STARTTLS or TLS at once, AUTH checked by a real Dovecot, with OpenSSL's client and swaks. The key is
/// readable by root only, and one service is in a chroot jail, as in Debian's master.cf.
/// </summary>
public sealed class SubmissionTests
{
    private const string Recipient = "you@" + MailSystem.Domain;

    [Fact]
    public async Task Swaks_SendsUnderTlsWithAuth()
    {
        var swaks = ServerProcess.Require("/usr/bin/swaks");
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();

        Assert.Equal(0, await SwaksAsync(swaks, site.Submission, "-tls", "PLAIN", "secret"));
        Assert.Equal(0, await SwaksAsync(swaks, site.Submission, "-tls", "LOGIN", "secret"));
        Assert.Equal(0, await SwaksAsync(swaks, site.Submissions, "-tlsc", "PLAIN", "secret"));
        Assert.Equal(28, await SwaksAsync(swaks, site.Submission, "-tls", "PLAIN", "wrong")); // its status for a failed AUTH
        Assert.Equal(28, await SwaksAsync(swaks, site.Submission, "-4", "PLAIN", "secret")); // AUTH in the clear

        var messages = site.System.Delivered("you", 3);
        Assert.All(messages, m => Assert.Contains(" with ESMTPSA id ", m, StringComparison.Ordinal));
        Assert.All(messages, m => Assert.Contains("\n\t(Authenticated sender: joe)\n", m, StringComparison.Ordinal));
        Assert.All(messages, m => Assert.Contains("\n\t(using TLSv1.3 with cipher ", m, StringComparison.Ordinal));
        site.System.WaitForLog(", sasl_method=PLAIN, sasl_username=joe\n");
        site.System.WaitForLog(", sasl_method=LOGIN, sasl_username=joe\n");
        site.System.WaitForLog(new Regex(@"warning: unknown\[127\.0\.0\.1\]: SASL PLAIN authentication failed: .*, sasl_username=joe\n"));
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task OpenSslClient_TalksBothVersions(string version)
    {
        var openssl = ServerProcess.Require("/usr/bin/openssl");
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        using var client = Process.Start(new ProcessStartInfo(
            openssl, ["s_client", version, "-connect", $"127.0.0.1:{site.Submission}", "-starttls", "smtp", "-crlf"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = client.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await client.StandardInput.WriteAsync("EHLO x\n");
        await client.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        var output = await ReadUntilAsync(client.StandardOutput, "250 REQUIRETLS");
        // To s_client itself a line with a capital Q is a command.
        await client.StandardInput.WriteAsync("quit\n");
        await client.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        output += await client.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken) + await errors;
        Assert.Contains("subject=CN = mail.example.test", output, StringComparison.Ordinal);
        Assert.Contains("250-AUTH ", output, StringComparison.Ordinal);
        Assert.Contains("221 2.0.0 Bye", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RenewedCertificate_IsTakenWithoutRestart()
    {
        // The server may no longer read the key: it has to hand over to a process that starts as root.
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        Assert.Equal("CN=mail.example.test", await SubjectAsync(site.Submissions));
        site.RenewCertificate("renewed.example.test");
        var start = TimeProvider.System.GetTimestamp();
        while (await SubjectAsync(site.Submissions) != "CN=renewed.example.test")
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), site.System.Log);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> SubjectAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate != null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "mail.example.test" }, TestContext.Current.CancellationToken);
        return tls.RemoteCertificate!.Subject;
    }

    private static async Task<int> SwaksAsync(string swaks, int port, string tls, string mechanism, string password)
    {
        using var process = Process.Start(new ProcessStartInfo(
            swaks,
            ["--server", "127.0.0.1", "--port", $"{port}", tls, "--auth", mechanism, "--auth-user", "joe", "--auth-password", password,
                "--from", "joe@example.org", "--to", Recipient, "--ehlo", "client.example.org", "--silent", "3"]))!;
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return process.ExitCode;
    }

    private static async Task<string> ReadUntilAsync(StreamReader reader, string start)
    {
        var text = new StringBuilder();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            text.Append(line).Append('\n');
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                break;
            }
        }

        return text.ToString();
    }
}
