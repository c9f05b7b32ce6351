using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Estafeta.Interop.Submission;

/// <summary>A session over submissions that logs in, or tries to.</summary>
internal static class AuthDialog
{
    public const string Good = "235 2.7.0 Authentication successful";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    public static string Plain(string user, string password) => "AUTH PLAIN " + Encode($"\0{user}\0{password}");

    /// <returns>The reply to the AUTH command.</returns>
    public static Task<string> AskAsync(SubmissionSite site, string command, X509Certificate2? certificate = null) =>
        AskAsync(site, command, static _ => "*", certificate);

    /// <param name="answer">From a challenge to the response, in octets as text.</param>
    /// <returns>The reply that is no challenge any more, or without answers the first.</returns>
    public static async Task<string> AskAsync(SubmissionSite site, string command, Func<string, string> answer, X509Certificate2? certificate = null)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, site.Submissions, Token);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, shown, _, _) => shown != null);
        var options = new SslClientAuthenticationOptions { TargetHost = "mail.example.test" };
        if (certificate != null)
        {
            options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true);
        }

        await tls.AuthenticateAsClientAsync(options, Token);
        using var reader = new StreamReader(tls, leaveOpen: true);
        await ReplyAsync(reader);
        await tls.WriteAsync(Encoding.ASCII.GetBytes("EHLO client.example.org\r\n"), Token);
        await ReplyAsync(reader);
        await tls.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), Token);
        var reply = await ReplyAsync(reader);
        while (reply.StartsWith("334 ", StringComparison.Ordinal)
            && answer(Encoding.UTF8.GetString(Convert.FromBase64String(reply[4..]))) is var response && response != "*")
        {
            await tls.WriteAsync(Encoding.ASCII.GetBytes(Encode(response) + "\r\n"), Token);
            reply = await ReplyAsync(reader);
        }

        await tls.WriteAsync("QUIT\r\n"u8.ToArray(), Token);
        return reply;
    }

    private static async Task<string> ReplyAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(Token) is { } line)
        {
            if (line.Length < 4 || line[3] != '-')
            {
                return line;
            }
        }

        return "";
    }
}
