using Estafeta.Interop.Submission;

namespace Estafeta.Interop.Tls;

/// <summary>The SMTP server with OpenSSL's own client: sessions resumed, a client certificate, and other keys asked for within a session (threats.md B11).</summary>
public sealed class OpenSslClientTests : IDisposable
{
    private const string ClientName = "client.example.org";

    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta-openssl").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task Session_IsResumed(string option, string version)
    {
        using var site = Started();
        var saved = Path.Combine(_directory, "session");

        Assert.Contains($"New, {version}, Cipher is ", await TalkAsync(site, option, "-sess_out", saved), StringComparison.Ordinal);

        // Without tlsmgr only the process that gave a ticket knows it again, and another may be the next to accept.
        var start = TimeProvider.System.GetTimestamp();
        while (!(await TalkAsync(site, option, "-sess_in", saved, "-sess_out", saved)).Contains($"Reused, {version}, Cipher is ", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), site.System.Log);
        }
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task ClientCertificate_IsSeen(string option)
    {
        using var site = Started();

        await TalkAsync(site, option, "-cert", OpenSslProcess.Certificate(_directory, ClientName));

        site.System.WaitForLog($": unknown[127.0.0.1]: subject_CN={ClientName}, issuer_CN={ClientName}, fingerprint=");
    }

    [Fact]
    public async Task RenegotiationByTheClient_IsRefused_AndTheServerGoesOn()
    {
        using var site = Started();
        await using var client = Connect(site, "-tls1_2");
        await client.ExpectAsync("Secure Renegotiation IS supported");
        await client.SayAsync("EHLO client.example.org");
        await client.ExpectAsync("250 REQUIRETLS\r\n");

        // To s_client itself this line is the command to ask for a new handshake.
        await client.SayAsync("R");
        await client.ExpectAsync("RENEGOTIATING");
        await client.ExpectAsync("no renegotiation");
        await client.WaitForEndAsync();

        await TalkAsync(site, "-tls1_2");
        Assert.DoesNotContain(" panic: ", site.System.Log, StringComparison.Ordinal);
    }

    private static SubmissionSite Started()
    {
        var site = new SubmissionSite("smtpd_sasl_type = estafeta\nestafeta_sasl_password_maps = inline:{joe=secret}\nsmtpd_tls_ask_ccert = yes\nsmtpd_tls_loglevel = 2\n");
        site.System.Start();
        return site;
    }

    private static OpenSslProcess Connect(SubmissionSite site, params string[] options) =>
        OpenSslProcess.Start(["s_client", "-connect", $"127.0.0.1:{site.Submission}", "-starttls", "smtp", "-crlf", .. options]);

    /// <summary>A short dialog.</summary>
    /// <returns>What OpenSSL says of the session, and what the server said.</returns>
    private static async Task<string> TalkAsync(SubmissionSite site, params string[] options)
    {
        await using var client = Connect(site, options);
        await client.SayAsync("EHLO client.example.org");
        await client.ExpectAsync("250 REQUIRETLS\r\n");

        // A line with a capital Q would be a command to s_client itself.
        await client.SayAsync("quit");
        await client.ExpectAsync("221 2.0.0 Bye");
        await client.WaitForEndAsync();
        return client.Output;
    }
}
