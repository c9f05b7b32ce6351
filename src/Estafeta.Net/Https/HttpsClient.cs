using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;

namespace Estafeta.Net.Https;

/// <summary>
/// Single HTTPS exchanges over our own TLS: the policies of RFC 8461 §3.3 and the reports of RFC 8460 §5.4 need no more. The certificate
/// must prove the host name before anything is sent. No redirects, no cookies, no proxy; size and time are bounded. Thread-safe.
/// </summary>
/// <param name="resolver">Finds the host; stays the caller's.</param>
/// <param name="trust">A client context with the trusted roots; stays the caller's.</param>
/// <param name="time">For the time limit.</param>
/// <param name="port">443, but for tests.</param>
public sealed class HttpsClient(DnsResolver resolver, TlsContext trust, TimeProvider time, int port = 443)
{
    private const string Agent = "Estafeta";

    /// <summary>Longest answer to a POST that is looked at.</summary>
    private const int AcknowledgementOctets = 16 * 1024;

    /// <summary>The trust of HTTPS: the CAs named, and the system's.</summary>
    public static TlsContextOptions TrustOptions(string caFile, string caPath) => new()
    {
        IsServer = false,
        CaFile = caFile,
        CaPath = caPath,
        UsesDefaultCas = true,
        UsesLibrarySecurityLevel = true,
        Protocols = TlsProtocols.Parse("https", ">=TLSv1.2"),
    };

    /// <summary>Throws <see cref="HttpsException"/>.</summary>
    public Task<HttpAnswer> GetAsync(string host, string path, int maximumOctets, TimeSpan timeout, CancellationToken cancellationToken) =>
        ExchangeAsync(host, port, Request($"GET {path}", host, port, "Accept: text/plain\r\n"), default, maximumOctets, timeout, cancellationToken);

    /// <summary>Throws <see cref="HttpsException"/>.</summary>
    /// <param name="target">An absolute https address.</param>
    public Task<HttpAnswer> PostAsync(Uri target, string contentType, ReadOnlyMemory<byte> content, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var number = target.IsDefaultPort ? port : target.Port;
        var head = string.Create(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\nContent-Length: {content.Length}\r\n");
        var request = Request($"POST {target.PathAndQuery}", target.IdnHost, number, head);
        return ExchangeAsync(target.IdnHost, number, request, content, AcknowledgementOctets, timeout, cancellationToken);
    }

    private static byte[] Request(string methodAndPath, string host, int number, string head)
    {
        var authority = number == 443 ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{number}");
        return Encoding.ASCII.GetBytes($"{methodAndPath} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: {Agent}\r\n{head}Connection: close\r\n\r\n");
    }

    private async Task<HttpAnswer> ExchangeAsync(
        string host, int number, byte[] request, ReadOnlyMemory<byte> content, int maximumOctets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var socket = await ConnectAsync(host, number, either.Token);
            await using var tls = await OpenAsync(socket, host, either.Token);
            await tls.WriteAsync(request, either.Token);
            await tls.WriteAsync(content, either.Token);
            return await ReadAsync(tls, new HttpAnswerReader(maximumOctets), either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpsException(HttpsFailure.Unreachable, $"{host}: timed out", e);
        }
        catch (Exception e) when (e is IOException and not HttpsException or SocketException)
        {
            throw new HttpsException(HttpsFailure.Unreachable, $"{host}: {e.Message}", e);
        }
    }

    private async Task<Socket> ConnectAsync(string host, int number, CancellationToken cancellationToken)
    {
        HttpsException? failure = null;
        foreach (var type in (DnsRecordType[])[DnsRecordType.A, DnsRecordType.AAAA])
        {
            var answer = await resolver.QueryAsync(host, type, cancellationToken);
            failure ??= answer.IsFound ? null : new HttpsException(HttpsFailure.Unreachable, answer.Reason);
            foreach (var record in answer.Records.OfType<DnsAddressRecord>())
            {
                var socket = new Socket(record.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(new IPEndPoint(record.Address, number), cancellationToken);
                    return socket;
                }
                catch (Exception e)
                {
                    socket.Dispose();
                    if (e is not SocketException)
                    {
                        throw;
                    }

                    failure = new HttpsException(HttpsFailure.Unreachable, $"connect to {host}[{record.Address}]: {e.Message}", e);
                }
            }
        }

        throw failure ?? new HttpsException(HttpsFailure.Unreachable, $"{host}: no address");
    }

    private async Task<TlsStream> OpenAsync(Socket socket, string host, CancellationToken cancellationToken)
    {
        var options = new TlsSessionOptions { ServerName = host, ExpectedNames = [host], WildcardsMatchManyLabels = false };
        TlsStream tls;
        try
        {
            tls = await TlsStream.ConnectAsync(new NetworkStream(socket, ownsSocket: false), trust, options, cancellationToken);
        }
        catch (TlsException e)
        {
            throw new HttpsException(HttpsFailure.Certificate, $"{host}: {e.Reason}", e);
        }

        if (tls.Negotiated.IsPeerVerified)
        {
            return tls;
        }

        var reason = tls.Negotiated.VerifyError;
        await tls.DisposeAsync();
        throw new HttpsException(HttpsFailure.Certificate, $"{host}: server certificate not verified: {reason}");
    }

    private static async Task<HttpAnswer> ReadAsync(TlsStream tls, HttpAnswerReader reader, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length > reader.MaximumInputOctets)
                {
                    throw new HttpsException(HttpsFailure.Answer, "HTTP: answer too long");
                }

                Array.Resize(ref buffer, 2 * length);
            }

            var got = await tls.ReadAsync(buffer.AsMemory(length), cancellationToken);
            length += got;
            if (reader.Read(buffer.AsSpan(0, length), got == 0) is { } answer)
            {
                return answer;
            }
        }
    }
}
