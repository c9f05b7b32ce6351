using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Net.Milter;

/// <summary>
/// Packets to and from one milter: four octets of length (big endian), one of command, the rest. Anything else than a well-formed
/// packet in time is an <see cref="IOException"/>, which the caller turns into the default action.
/// </summary>
internal sealed class MilterWire(Socket socket, TimeProvider time) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _out = new();
    private byte[] _in = new byte[512];

    public Socket Socket => socket;

    public static async ValueTask<MilterWire> ConnectAsync(MilterSettings settings, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(settings.ConnectTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Socket? socket = null;
        try
        {
            var (kind, rest) = settings.Endpoint.IndexOf(':') is > 0 and var colon
                ? (settings.Endpoint[..colon], settings.Endpoint[(colon + 1)..])
                : throw new IOException($"bad milter endpoint {settings.Endpoint}");
            if (kind is "unix" or "local")
            {
                socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(rest), both.Token);
            }
            else if (kind == "inet" && rest.LastIndexOf(':') is > 0 and var port)
            {
                socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(rest[..port].Trim('[', ']'), int.Parse(rest.AsSpan(port + 1), NumberStyles.None, CultureInfo.InvariantCulture), both.Token);
            }
            else
            {
                throw new IOException($"bad milter endpoint {settings.Endpoint}");
            }

            return new MilterWire(socket, time);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            socket?.Dispose();
            throw new IOException("Connection timed out", e);
        }
    }

    public void Begin(MilterCommand command)
    {
        _packetStart = _out.WrittenCount;
        Octets([0, 0, 0, 0, (byte)command]);
    }

    private int _packetStart;

    public void Text(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        Encoding.UTF8.GetBytes(text, _out.GetSpan(count));
        _out.Advance(count);
        Octets([0]);
    }

    public void Number(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_out.GetSpan(4), number);
        _out.Advance(4);
    }

    public void Octets(ReadOnlySpan<byte> octets) => _out.Write(octets);

    /// <summary>Completes the packet; it leaves with the next <see cref="SendAsync"/>, together with those before it.</summary>
    public void End()
    {
        // The buffer may have moved since the packet began, so the length goes in through the written part.
        var written = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_out.WrittenMemory);
        BinaryPrimitives.WriteInt32BigEndian(written.Span[_packetStart..], _out.WrittenCount - _packetStart - 4);
    }

    public async ValueTask SendAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var rest = _out.WrittenMemory;
            while (rest.Length > 0)
            {
                rest = rest[await socket.SendAsync(rest, SocketFlags.None, both.Token)..];
            }

            _out.ResetWrittenCount();
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Connection timed out", e);
        }
    }

    /// <summary>One packet; its payload is valid until the next receive.</summary>
    public async ValueTask<(MilterReply Reply, ReadOnlyMemory<byte> Payload)> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await FillAsync(4, both.Token);
            var length = BinaryPrimitives.ReadInt32BigEndian(_in);
            if (length is < 1 or > MilterProtocol.MaxPacket)
            {
                throw new IOException($"unreasonable packet length {length}");
            }

            if (_in.Length < length)
            {
                _in = new byte[length];
            }

            await FillAsync(length, both.Token);
            return ((MilterReply)_in[0], _in.AsMemory(1, length - 1));
        }
        catch (SocketException e)
        {
            throw new IOException(e.Message, e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("Connection timed out", e);
        }
    }

    public void Dispose() => socket.Dispose();

    private async ValueTask FillAsync(int octets, CancellationToken cancellationToken)
    {
        for (var have = 0; have < octets;)
        {
            var got = await socket.ReceiveAsync(_in.AsMemory(have, octets - have), SocketFlags.None, cancellationToken);
            have += got > 0 ? got : throw new IOException("Connection closed");
        }
    }
}
