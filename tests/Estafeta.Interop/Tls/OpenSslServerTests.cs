using System.Net;
using System.Net.Sockets;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Tls;

/// <summary>
/// The SMTP client with OpenSSL's own server behind it: both versions of TLS, over a port for TLS and after STARTTLS, our certificate, the server's name,
/// sessions resumed; and a server that asks for other keys within a session (threats.md B11).
/// </summary>
public sealed class OpenSslServerTests : IDisposable
{
    private const string ServerName = "mx.elsewhere.test";
    private const string ClientName = "client.example.test";

    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta-openssl").FullName;

    public OpenSslServerTests() => File.SetUnixFileMode(_directory, (UnixFileMode)0x1ED);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task WrapperMode_ShowsNameAndCertificate_AndResumesTheSession(string option, string version)
    {
        var (server, port) = await ListenAsync(option);
        await using var ending = server;
        using var system = Started(port, "smtp_tls_wrappermode = yes\n");

        Submit(system, "first");
        var session = await TakeMailAsync(server, "first", greets: true);
        Assert.Contains($"Hostname in TLS extension: \"{ServerName}\"", session, StringComparison.Ordinal);
        Assert.Contains($"subject=CN = {ClientName}", session, StringComparison.Ordinal);
        Assert.DoesNotContain("Reused session-id", session, StringComparison.Ordinal);
        system.WaitForLog("status=sent (250 2.0.0 Thanks)\n");
        Assert.Contains($"Verified TLS connection established to 127.0.0.1[127.0.0.1]:{port}: {version} with cipher ", system.Log, StringComparison.Ordinal);

        // The session is in the memory of one process, and is put there behind the log line.
        var start = TimeProvider.System.GetTimestamp();
        do
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60), session);
            Submit(system, "again");
            session = await TakeMailAsync(server, "again", greets: true);
        }
        while (!session.Contains("Reused session-id", StringComparison.Ordinal));
        Assert.Contains($"Hostname in TLS extension: \"{ServerName}\"", session, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_3", "TLSv1.3")]
    public async Task StartTls_IsFollowedByTheSameDialog(string option, string version)
    {
        var (server, port) = await ListenAsync(option);
        await using var ending = server;
        using var front = new TcpListener(IPAddress.Loopback, 0);
        front.Start();
        var frontPort = ((IPEndPoint)front.LocalEndpoint).Port;
        using var system = Started(frontPort, "");

        Submit(system, "behind STARTTLS");
        var relaying = OfferStartTlsAsync(front, port);
        var session = await TakeMailAsync(server, "behind STARTTLS", greets: false);
        Assert.Contains($"subject=CN = {ClientName}", session, StringComparison.Ordinal);
        await relaying;
        system.WaitForLog("status=sent (250 2.0.0 Thanks)\n");
        Assert.Contains($"Verified TLS connection established to 127.0.0.1[127.0.0.1]:{frontPort}: {version} with cipher ", system.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RenegotiationByTheServer_IsRefused_AndTheMailGoesTheNextTime()
    {
        var (server, port) = await ListenAsync("-tls1_2");
        await using var ending = server;
        using var system = Started(port, "smtp_tls_wrappermode = yes\n" + MailSystemOptions.Impatient);

        Submit(system, "patient");
        await server.ExpectAsync("Secure Renegotiation IS supported");
        await server.SayAsync($"220 {ServerName} ESMTP");
        await server.ExpectAsync("EHLO ");
        await server.SayAsync($"250 {ServerName}");
        await server.ExpectAsync("MAIL FROM:<");

        // To s_server itself this line is the command to ask for a new handshake.
        await server.SayAsync("r");
        await server.ExpectAsync("no renegotiation");
        system.WaitForLog("status=deferred (lost connection with 127.0.0.1[127.0.0.1] while sending MAIL FROM)\n");
        await TakeMailAsync(server, "patient", greets: true);
        system.WaitForLog("status=sent (250 2.0.0 Thanks)\n");
    }

    private async Task<(OpenSslProcess Server, int Port)> ListenAsync(string option)
    {
        var certificate = OpenSslProcess.Certificate(_directory, ServerName);
        return await OpenSslProcess.ListenAsync(
            option, "-cert", certificate, "-cert2", certificate, "-servername", ServerName,
            "-Verify", "1", "-CAfile", OpenSslProcess.Certificate(_directory, ClientName), "-verify_return_error");
    }

    private MailSystem Started(int port, string mainCf)
    {
        var system = new MailSystem(
            $"""
            relayhost = [127.0.0.1]:{port}
            smtp_tls_security_level = secure
            smtp_tls_secure_cert_match = {ServerName}
            smtp_tls_servername = {ServerName}
            smtp_tls_CAfile = {_directory}/{ServerName}.pem
            smtp_tls_chain_files = {_directory}/{ClientName}.pem
            smtp_tls_session_cache_database = internal:
            smtp_tls_loglevel = 1
            smtp_connection_cache_on_demand = no

            """ + mainCf);
        system.Start();
        return system;
    }

    private static void Submit(MailSystem system, string subject) =>
        Assert.Equal((0, ""), system.Run("sendmail", ["-f", "me@" + MailSystem.Domain, "you@elsewhere.test"], $"Subject: {subject}\n\nHello\n"));

    /// <summary>One mail transaction, as the server.</summary>
    /// <returns>What OpenSSL says of the session.</returns>
    private static async Task<string> TakeMailAsync(OpenSslProcess server, string subject, bool greets)
    {
        var session = await server.ExpectAsync("Secure Renegotiation IS");
        if (greets)
        {
            await server.SayAsync($"220 {ServerName} ESMTP");
        }

        await server.ExpectAsync("EHLO ");
        await server.SayAsync($"250 {ServerName}");
        await server.ExpectAsync("MAIL FROM:<me@");
        await server.SayAsync("250 2.1.0 Ok");
        await server.ExpectAsync("RCPT TO:<you@elsewhere.test>");
        await server.SayAsync("250 2.1.5 Ok");
        await server.ExpectAsync("DATA\r\n");
        await server.SayAsync("354 Go ahead");
        Assert.Contains($"Subject: {subject}\r\n", await server.ExpectAsync("\r\n.\r\n"), StringComparison.Ordinal);
        await server.SayAsync("250 2.0.0 Thanks");

        // Nobody waits for a reply to it (smtp_skip_quit_response): one more would greet the next client.
        await server.ExpectAsync("QUIT\r\n");
        return session;
    }

    // s_server cannot speak before TLS: this does, and hands on what comes after.
    private static async Task OfferStartTlsAsync(TcpListener front, int port)
    {
        using var client = await front.AcceptTcpClientAsync(Token);
        await using var ours = client.GetStream();
        using var reader = new StreamReader(ours, bufferSize: 1, leaveOpen: true);
        await ours.WriteAsync("220 front ESMTP\r\n"u8.ToArray(), Token);
        Assert.StartsWith("EHLO ", await reader.ReadLineAsync(Token), StringComparison.Ordinal);
        await ours.WriteAsync("250-front\r\n250 STARTTLS\r\n"u8.ToArray(), Token);
        Assert.Equal("STARTTLS", await reader.ReadLineAsync(Token));
        using var back = new TcpClient();
        await back.ConnectAsync(IPAddress.Loopback, port, Token);
        await ours.WriteAsync("220 2.0.0 Ready\r\n"u8.ToArray(), Token);
        await Task.WhenAll(PassAsync(client, back), PassAsync(back, client));
    }

    private static async Task PassAsync(TcpClient from, TcpClient to)
    {
        await from.GetStream().CopyToAsync(to.GetStream(), Token);
        to.Client.Shutdown(SocketShutdown.Send);
    }
}
