using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

/// <summary>
/// A scripted name server on loopback, UDP and TCP on the same port. Add answers by name and type, or a handler that makes raw
/// replies; what is not scripted is NXDOMAIN. Every query is recorded.
/// </summary>
public sealed class StubDnsServer : IAsyncDisposable
{
    private readonly Socket _udp;
    private readonly Socket _tcp;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<(string Name, DnsRecordType Type), DnsReplyBuilder> _answers = new();
    private readonly Task _running;

    /// <param name="port">0: any that is free.</param>
    public StubDnsServer(int port = 0)
    {
        while (true)
        {
            _udp = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            _udp.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _tcp = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                _tcp.Bind(_udp.LocalEndPoint!);
                break;
            }
            catch (SocketException) when (port == 0)
            {
                _udp.Dispose(); // somebody has this TCP port
                _tcp.Dispose();
            }
        }

        _tcp.Listen(100);
        _running = Task.WhenAll(ServeUdpAsync(), ServeTcpAsync());
    }

    public IPEndPoint EndPoint => (IPEndPoint)_udp.LocalEndPoint!;

    /// <summary>Queries seen, in order: name (lower case), type, and "tcp" or "udp".</summary>
    public ConcurrentQueue<(string Name, DnsRecordType Type, string Transport)> Queries { get; } = new();

    /// <summary>Takes the raw query and "udp" or "tcp"; null sends nothing, an empty array falls through to the scripted answers.</summary>
    public Func<byte[], string, byte[]?>? RawHandler { get; set; }

    public ResolverConfiguration Configuration => new() { Servers = [EndPoint], Timeout = TimeSpan.FromSeconds(60), Attempts = 1 };

    public DnsResolver CreateResolver() => new(TimeProvider.System, Configuration);

    public StubDnsServer Add(string name, DnsRecordType type, Action<DnsReplyBuilder> build)
    {
        var reply = _answers.GetOrAdd((name.ToLowerInvariant(), type), _ => new DnsReplyBuilder());
        build(reply);
        return this;
    }

    public StubDnsServer Address(string name, params string[] addresses)
    {
        foreach (var address in addresses)
        {
            var parsed = IPAddress.Parse(address);
            Add(name, parsed.AddressFamily == AddressFamily.InterNetwork ? DnsRecordType.A : DnsRecordType.AAAA, r => r.Address(name, address));
        }

        foreach (var type in (DnsRecordType[])[DnsRecordType.A, DnsRecordType.AAAA, DnsRecordType.MX])
        {
            Add(name, type, _ => { }); // the name exists: no data instead of NXDOMAIN
        }

        return this;
    }

    public StubDnsServer Mx(string name, ushort preference, string exchange) =>
        Add(name, DnsRecordType.MX, r => r.Mx(name, preference, exchange));

    public StubDnsServer Text(string name, string text) => Add(name, DnsRecordType.TXT, r => r.Text(name, text));

    public StubDnsServer Pointer(string address, string target)
    {
        var name = DnsName.ForPointer(IPAddress.Parse(address));
        return Add(name, DnsRecordType.PTR, r => r.Name(name, DnsRecordType.PTR, target));
    }

    /// <summary>CNAME, given for each of the types a mail system asks for.</summary>
    public StubDnsServer Alias(string name, string target)
    {
        foreach (var type in (DnsRecordType[])[DnsRecordType.A, DnsRecordType.AAAA, DnsRecordType.MX, DnsRecordType.TXT, DnsRecordType.TLSA, DnsRecordType.CNAME])
        {
            Add(name, type, r => r.Name(name, DnsRecordType.CNAME, target));
        }

        return this;
    }

    public StubDnsServer Fail(string name, DnsRecordType type, int code = 2) => Add(name, type, r => r.Code = code);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        await _running;
        _stopping.Dispose();
    }

    internal static (string Name, DnsRecordType Type) Question(ReadOnlySpan<byte> query)
    {
        var name = new StringBuilder();
        var at = 12;
        while (query[at] != 0)
        {
            name.Append(name.Length > 0 ? "." : "").Append(Encoding.ASCII.GetString(query.Slice(at + 1, query[at])));
            at += query[at] + 1;
        }

        return (name.ToString().ToLowerInvariant(), (DnsRecordType)BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]));
    }

    private byte[]? Reply(byte[] query, string transport)
    {
        var (name, type) = Question(query);
        Queries.Enqueue((name, type, transport));
        if (RawHandler is { } handler)
        {
            var raw = handler(query, transport);
            if (raw is not { Length: 0 })
            {
                return raw;
            }
        }

        var builder = _answers.TryGetValue((name, type), out var scripted) ? scripted : new DnsReplyBuilder { Code = 3 };
        var reply = builder.Build(query);
        return transport == "udp" && reply.Length > 1232 ? new DnsReplyBuilder { Truncated = true }.Build(query) : reply;
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var received = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stopping.Token);
                if (Reply(buffer.AsSpan(0, received.ReceivedBytes).ToArray(), "udp") is { } reply)
                {
                    await _udp.SendToAsync(reply, SocketFlags.None, received.RemoteEndPoint, _stopping.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException && _stopping.IsCancellationRequested)
        {
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _tcp.AcceptAsync(_stopping.Token);
                var buffer = new byte[4096];
                var received = 0;
                while (received < 2 || received < 2 + BinaryPrimitives.ReadUInt16BigEndian(buffer))
                {
                    received += await connection.ReceiveAsync(buffer.AsMemory(received), SocketFlags.None, _stopping.Token);
                }

                if (Reply(buffer.AsSpan(2, received - 2).ToArray(), "tcp") is { } reply)
                {
                    var framed = new byte[reply.Length + 2];
                    BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)reply.Length);
                    reply.CopyTo(framed, 2);
                    await connection.SendAsync(framed, SocketFlags.None, _stopping.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException && _stopping.IsCancellationRequested)
        {
        }
    }
}
