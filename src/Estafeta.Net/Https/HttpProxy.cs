using System.Text;

namespace Estafeta.Net.Https;

/// <summary>An HTTP proxy that joins us to a host (CONNECT, RFC 9110 §9.3.6). It sees the host's name, and TLS.</summary>
/// <param name="Host">A name or an address, without brackets.</param>
/// <param name="Login">User and password as they go over the wire; empty for none.</param>
public sealed record HttpProxy(string Host, int Port, string Login)
{
    private const int Success = 2; // class of the status

    /// <summary>From <c>http://user:password@host:port</c>; the scheme may be left out. Throws <see cref="IOException"/> for other kinds of proxies.</summary>
    public static HttpProxy Parse(string text)
    {
        var url = text.Contains("://", StringComparison.Ordinal) ? text : "http://" + text;
        return Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme == Uri.UriSchemeHttp && uri.IdnHost.Length > 0
            ? new HttpProxy(uri.IdnHost, uri.Port, Encode(uri.UserInfo))
            : throw new IOException("a proxy that is not http://host:port is not supported");
    }

    /// <summary>When it returns, the stream leads to the host. Throws <see cref="HttpsException"/>.</summary>
    /// <param name="stream">To the proxy.</param>
    /// <param name="authority">Host and port.</param>
    internal async Task ConnectAsync(Stream stream, string authority, CancellationToken cancellationToken)
    {
        var login = Login.Length > 0 ? $"Proxy-Authorization: Basic {Login}\r\n" : "";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{login}\r\n"), cancellationToken);
        var answer = await new HttpAnswerReader(0, hasContent: false).ReadAsync(stream, cancellationToken);
        if (answer.Status / 100 != Success)
        {
            throw new HttpsException(HttpsFailure.Unreachable, $"proxy {Host} answered {answer.Status}");
        }
    }

    private static string Encode(string userInfo) =>
        userInfo.Length == 0 ? "" : Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(userInfo)));
}
