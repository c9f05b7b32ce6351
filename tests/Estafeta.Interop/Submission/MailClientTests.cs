using System.Diagnostics;
using System.Net;
using Estafeta.TestSystem;
using Estafeta.Interop.Tables;
using MailKit.Net.Smtp;
using MailKit.Security;
using MimeKit;

namespace Estafeta.Interop.Submission;

/// <summary>The programs and libraries people submit mail with: each logs in under TLS and sends one message (swaks is in <see cref="SubmissionTests"/>).</summary>
public sealed class MailClientTests
{
    private const string Recipient = "you@" + MailSystem.Domain;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Msmtp_Sends()
    {
        var msmtp = ServerProcess.Require("/usr/bin/msmtp");
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        var configuration = Path.Combine(site.System.QueueDirectory, "..", "msmtprc");
        await File.WriteAllTextAsync(configuration, $"""
            account default
            host 127.0.0.1
            port {site.Submission}
            tls on
            tls_certcheck off
            auth scram-sha-256
            user joe
            password secret
            from joe@example.org

            """, Token);
        File.SetUnixFileMode(configuration, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await RunAsync(msmtp, ["-C", configuration, Recipient], "Subject: from msmtp\n\nHello\n");
        AssertDelivered(site, "from msmtp", "SCRAM-SHA-256");
    }

    [Fact]
    public async Task Mutt_Sends()
    {
        var mutt = ServerProcess.Require("/usr/bin/mutt");
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        var configuration = Path.Combine(site.System.QueueDirectory, "..", "muttrc");
        await File.WriteAllTextAsync(configuration, $"""
            set smtp_url="smtps://joe:secret@127.0.0.1:{site.Submissions}/"
            set smtp_authenticators="plain"
            set from="joe@example.org" realname="" use_envelope_from=yes record="" copy=no
            set certificate_file="{site.CertificateFile}" ssl_verify_host=no ssl_verify_dates=no

            """, Token);
        await RunAsync(mutt, ["-F", configuration, "-s", "from mutt", Recipient], "Hello\n");
        AssertDelivered(site, "from mutt", "PLAIN");
    }

    [Fact]
    public async Task Smtplib_Sends()
    {
        var python = ServerProcess.Require("/usr/bin/python3", "/usr/local/bin/python3");
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        await RunAsync(python, ["-c", $"""
            import smtplib, ssl
            from email.message import EmailMessage
            message = EmailMessage()
            message["From"], message["To"], message["Subject"] = "joe@example.org", "{Recipient}", "from smtplib"
            message.set_content("Hello")
            context = ssl._create_unverified_context()
            with smtplib.SMTP("127.0.0.1", {site.Submission}) as client:
                client.starttls(context=context)
                client.login("joe", "secret")
                client.send_message(message)
            """], "");
        AssertDelivered(site, "from smtplib", "CRAM-MD5");
    }

    [Fact]
    public async Task Nodemailer_Sends()
    {
        var node = ServerProcess.Require("/usr/bin/node", "/usr/bin/nodejs");
        _ = ServerProcess.Require("/usr/share/nodejs/nodemailer/package.json");
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        await RunAsync(node, ["-e", $$"""
            const mailer = require("/usr/share/nodejs/nodemailer");
            const transport = mailer.createTransport({
              host: "127.0.0.1", port: {{site.Submission}}, requireTLS: true, tls: { rejectUnauthorized: false },
              auth: { user: "joe", pass: "secret" } });
            transport.sendMail({ from: "joe@example.org", to: "{{Recipient}}", subject: "from nodemailer", text: "Hello" })
              .catch(error => { console.error(error); process.exit(1); });
            """], "");
        AssertDelivered(site, "from nodemailer", "PLAIN");
    }

    [Fact]
    public async Task MailKit_Sends()
    {
        DovecotServer.Require();
        using var site = new SubmissionSite();
        await using var dovecot = await site.StartWithDovecotAsync();
        await SendByMailKitAsync(site, "from MailKit");
        AssertDelivered(site, "from MailKit", "SCRAM-SHA-256");
    }

    // A hash serves no mechanism that clients like better than PLAIN: they must not be offered one.
    [Fact]
    public async Task MailKit_SendsWithAPasswordStoredAsHash()
    {
        using var site = new SubmissionSite("smtpd_sasl_type = estafeta\nestafeta_sasl_password_maps = inline:{ { joe = {SHA256}K7gNU3sdo+OL0wNhqoVWhr3g6s1xYv72ol/pe/Unols= } }\n");
        site.System.Start();
        await SendByMailKitAsync(site, "from MailKit");
        AssertDelivered(site, "from MailKit", "PLAIN");
    }

    private static async Task SendByMailKitAsync(SubmissionSite site, string subject)
    {
        using var client = new SmtpClient { ServerCertificateValidationCallback = static (_, certificate, _, _) => certificate != null };
        await client.ConnectAsync(IPAddress.Loopback.ToString(), site.Submission, SecureSocketOptions.StartTls, Token);
        await client.AuthenticateAsync("joe", "secret", Token);
        using var message = new MimeMessage([new MailboxAddress("", "joe@example.org")], [new MailboxAddress("", Recipient)], subject, new TextPart { Text = "Hello" });
        await client.SendAsync(message, Token);
        await client.DisconnectAsync(quit: true, Token);
    }

    private static void AssertDelivered(SubmissionSite site, string subject, string mechanism)
    {
        var message = Assert.Single(site.System.Delivered("you", 1));
        Assert.Contains($"Subject: {subject}\n", message, StringComparison.Ordinal);
        Assert.Contains(" with ESMTPSA id ", message, StringComparison.Ordinal);
        site.System.WaitForLog($", sasl_method={mechanism}, sasl_username=joe\n");
    }

    private static async Task RunAsync(string program, IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = Path.GetTempPath();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var errors = process.StandardError.ReadToEndAsync(Token);
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(Token);
        Assert.True(process.ExitCode == 0, await output + await errors);
    }
}
