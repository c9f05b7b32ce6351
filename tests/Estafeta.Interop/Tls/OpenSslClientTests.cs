using System.Globalization;
using System.Text.RegularExpressions;
using Estafeta.Interop.Submission;

namespace Estafeta.Interop.Tls;

/// <summary>The SMTP server with OpenSSL's own client: sessions resumed, a client certificate, and other keys asked for within a session (threats.md B11).</summary>
public sealed partial class OpenSslClientTests : IDisposable
{
    private const string ClientName = "client.example.org";

    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta-openssl").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task Session_IsResumed_InEveryProcess(string option, string version)
    {
        using var site = Started("estafeta_processes_per_service = 2\n");
        var saved = Path.Combine(_directory, "session");
        Assert.Contains($"New, {version}, Cipher is ", await TalkAsync(site, option, "-sess_out", saved), StringComparison.Ordinal);
        await ResumeUntilAsync(processes => processes.Count == 2);

        // A reload ends both; the keys are tlsmgr's, and last.
        Assert.Equal(0, site.System.Run("postfix", "reload").Status);
        await ResumeUntilAsync(processes => processes.Count == 4);

        async Task ResumeUntilAsync(Func<IReadOnlyCollection<int>, bool> isDone)
        {
            var start = TimeProvider.System.GetTimestamp();
            while (!isDone(ProcessesThatServed(site)))
            {
                Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), site.System.Log);
                var dialogs = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TalkAsync(site, option, "-sess_in", saved)));
                Assert.All(dialogs, dialog => Assert.Contains($"Reused, {version}, Cipher is ", dialog, StringComparison.Ordinal));
            }
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

    private static HashSet<int> ProcessesThatServed(SubmissionSite site) =>
        [.. Served().Matches(site.System.Log).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"/smtpd\[(\d+)\]: disconnect from \S+ ehlo=2 starttls=1 quit=1 ")]
    private static partial Regex Served();

    private static SubmissionSite Started(string mainCf = "")
    {
        var site = new SubmissionSite($"{mainCf}smtpd_sasl_type = estafeta\nestafeta_sasl_password_maps = inline:{{joe=secret}}\nsmtpd_tls_ask_ccert = yes\nsmtpd_tls_loglevel = 2\n");
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
