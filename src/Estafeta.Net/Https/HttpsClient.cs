using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;

namespace Estafeta.Net.Https;

/// <summary>
/// Single HTTPS exchanges over our own TLS: the policies of RFC 8461 §3.3, the reports of RFC 8460 §5.4 and the forms of OAuth need no more. The
/// certificate must prove the host name before anything is sent; only what stays on this machine may go in clear. No redirects, no cookies, one
/// exchange a connection; size and time are bounded. Thread-safe.
/// </summary>
/// <param name="resolver">Finds the host by DNS alone; stays the caller's. Null: the way this system finds hosts, /etc/hosts and all.</param>
/// <param name="trust">A client context with the trusted roots; stays the caller's.</param>
/// <param name="time">For the time limit.</param>
/// <param name="port">443, but for tests.</param>
public sealed class HttpsClient(DnsResolver? resolver, TlsContext trust, TimeProvider time, int port = 443)
{
    private const string Agent = "Estafeta";

    /// <summary>Longest answer to a POST that is looked at.</summary>
    private const int AcknowledgementOctets = 16 * 1024;

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(10);

    /// <summary>Between us and the host; null to go there directly.</summary>
    public HttpProxy? Proxy { get; init; }

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
    public Task<HttpAnswer> GetAsync(string host, string path, int maximumOctets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var peer = new Peer(host, port, IsClear: false);
        return ExchangeAsync(peer, Request($"GET {path}", peer, "Accept: text/plain\r\n"), default, maximumOctets, timeout, cancellationToken);
    }

    /// <summary>Throws <see cref="HttpsException"/>.</summary>
    /// <param name="target">An absolute https address, or http to this machine.</param>
    /// <param name="headers">Further header lines, each with its CRLF.</param>
    /// <param name="maximumOctets">Of the answer.</param>
    public Task<HttpAnswer> PostAsync(
        Uri target,
        string contentType,
        ReadOnlyMemory<byte> content,
        TimeSpan timeout,
        CancellationToken cancellationToken,
        string headers = "",
        int maximumOctets = AcknowledgementOctets)
    {
        var isClear = target.Scheme == Uri.UriSchemeHttp && target.IsLoopback;
        var peer = new Peer(target.IdnHost, target.IsDefaultPort && !isClear ? port : target.Port, isClear);
        var head = string.Create(CultureInfo.InvariantCulture, $"Content-Type: {contentType}\r\nContent-Length: {content.Length}\r\n{headers}");
        return ExchangeAsync(peer, Request($"POST {target.PathAndQuery}", peer, head), content, maximumOctets, timeout, cancellationToken);
    }

    private static byte[] Request(string methodAndPath, Peer peer, string head) => Encoding.ASCII.GetBytes(
        $"{methodAndPath} HTTP/1.1\r\nHost: {(peer.Port == 443 ? peer.UriHost : peer.Authority)}\r\nUser-Agent: {Agent}\r\n{head}Connection: close\r\n\r\n");

    private async Task<HttpAnswer> ExchangeAsync(
        Peer peer, byte[] request, ReadOnlyMemory<byte> content, int maximumOctets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var proxy = peer.IsClear ? null : Proxy;
            using var socket = await ConnectAsync(proxy?.Host ?? peer.Host, proxy?.Port ?? peer.Port, either.Token);
            await using var wire = new NetworkStream(socket, ownsSocket: false);
            if (proxy != null)
            {
                await proxy.ConnectAsync(wire, peer.Authority, either.Token);
            }

            await using var stream = peer.IsClear ? (Stream)wire : await OpenAsync(wire, peer.Host, either.Token);
            await stream.WriteAsync(request, either.Token);
            await stream.WriteAsync(content, either.Token);
            return await new HttpAnswerReader(maximumOctets).ReadAsync(stream, either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpsException(HttpsFailure.Unreachable, $"{peer.Host}: timed out", e);
        }
        catch (Exception e) when (e is IOException and not HttpsException or SocketException)
        {
            throw new HttpsException(HttpsFailure.Unreachable, $"{peer.Host}: {e.Message}", e);
        }
    }

    private async Task<Socket> ConnectAsync(string host, int number, CancellationToken cancellationToken)
    {
        var (addresses, failure) = await FindAsync(host, cancellationToken);
        foreach (var address in addresses)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(address, number), cancellationToken);
            }
            catch (SocketException e)
            {
                failure = new HttpsException(HttpsFailure.Unreachable, $"connect to {host}[{address}]: {e.Message}", e);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                failure = new HttpsException(HttpsFailure.Unreachable, $"connect to {host}[{address}]: timed out", e);
            }
        }

        throw failure ?? new HttpsException(HttpsFailure.Unreachable, $"{host}: no address");
    }

    private async Task<(IReadOnlyList<IPAddress> Addresses, HttpsException? Failure)> FindAsync(string host, CancellationToken cancellationToken)
    {
        if (resolver == null)
        {
            return (await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken), null);
        }

        var addresses = new List<IPAddress>();
        HttpsException? failure = null;
        foreach (var type in (DnsRecordType[])[DnsRecordType.A, DnsRecordType.AAAA])
        {
            var answer = await resolver.QueryAsync(host, type, cancellationToken);
            failure ??= answer.IsFound ? null : new HttpsException(HttpsFailure.Unreachable, answer.Reason);
            addresses.AddRange(answer.Records.OfType<DnsAddressRecord>().Select(static record => record.Address));
        }

        return (addresses, failure);
    }

    // An address where nobody answers must leave time for the next.
    private async Task<Socket> ConnectAsync(IPEndPoint to, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(ConnectPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(to, either.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<TlsStream> OpenAsync(Stream wire, string host, CancellationToken cancellationToken)
    {
        // RFC 6066 §3: an address is no server name.
        var options = new TlsSessionOptions { ServerName = IPAddress.TryParse(host, out _) ? "" : host, ExpectedNames = [host], WildcardsMatchManyLabels = false };
        TlsStream tls;
        try
        {
            tls = await TlsStream.ConnectAsync(wire, trust, options, cancellationToken);
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

    /// <param name="Host">A name or an address, without brackets.</param>
    private readonly record struct Peer(string Host, int Port, bool IsClear)
    {
        public string UriHost => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host;

        public string Authority => string.Create(CultureInfo.InvariantCulture, $"{UriHost}:{Port}");
    }
}
