using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Estafeta.Unix.Memory;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.Ipc;

/// <summary>
/// A connection between two of our processes: frames are sent with <see cref="Out"/> and <see cref="FlushAsync(CancellationToken)"/>, and received
/// by the other; UNIX sockets give the back-pressure. One sends and one receives at a time.
/// </summary>
public sealed class IpcConnection(Socket socket) : IAsyncDisposable
{
    private const int ReadSize = 16 * 1024;
    private byte[] _in = [];
    private int _start;
    private int _end;

    /// <summary>Frames not yet sent.</summary>
    public WireWriter Out { get; } = new();

    /// <summary>What the server told when the connection was opened; empty for most protocols.</summary>
    public ReadOnlyMemory<byte> Greeting { get; internal set; }

    /// <summary>False once the other side has closed, or has sent something nobody asked for.</summary>
    public bool IsIdleAndOpen => _start == _end && !SocketStream.IsReadable(socket);

    /// <summary>More has arrived already than was received.</summary>
    public bool HasBuffered => _start < _end;

    /// <summary>Sends what is in <see cref="Out"/>. After trouble, or when it is cancelled, nothing is left to send: a frame cut off cannot be taken up again.</summary>
    public ValueTask FlushAsync(CancellationToken cancellationToken) => FlushAsync(Out, cancellationToken);

    /// <summary>The same with frames built elsewhere.</summary>
    public async ValueTask FlushAsync(WireWriter frames, CancellationToken cancellationToken)
    {
        var rest = frames.Written;
        try
        {
            rest = rest[SocketStream.TrySend(socket, rest.Span)..];
            while (rest.Length > 0)
            {
                var sent = await socket.SendAsync(rest, SocketFlags.None, cancellationToken);
                rest = rest[sent..];
            }
        }
        catch (SocketException e)
        {
            throw new IOException($"write to {Peer}: {e.Message}", e);
        }
        finally
        {
            frames.Clear();
        }
    }

    /// <summary>The next frame, or a closed one at the end of the stream. Throws <see cref="IOException"/> on trouble.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IpcFrame> ReceiveAsync(CancellationToken cancellationToken)
    {
        Compact();
        if (!await FillAsync(IpcFrame.HeaderOctets, cancellationToken))
        {
            return default;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(_in.AsSpan(_start));
        var type = _in[_start + 4];
        if (length is < 0 or > IpcFrame.MaxPayloadOctets || type == IpcFrame.Closed)
        {
            throw new IpcProtocolException($"malformed frame from {Peer}");
        }

        if (!await FillAsync(IpcFrame.HeaderOctets + length, cancellationToken))
        {
            throw new IpcProtocolException($"connection to {Peer} lost within a frame");
        }

        var payload = _in.AsMemory(_start + IpcFrame.HeaderOctets, length);
        _start += IpcFrame.HeaderOctets + length;
        return new IpcFrame(type, payload);
    }

    /// <summary>As <see cref="ReceiveAsync"/>, but the end of the stream is an error too.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<IpcFrame> ExpectAsync(byte type, CancellationToken cancellationToken)
    {
        var frame = await ReceiveAsync(cancellationToken);
        if (frame.IsClosed)
        {
            throw new IOException($"connection to {Peer} closed");
        }

        return frame.Type == type ? frame : throw new IpcProtocolException($"unexpected frame {frame.Type} from {Peer}");
    }

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        Out.Dispose();
        if (_in.Length > 0)
        {
            Buffers.Return(_in);
            _in = [];
        }

        return ValueTask.CompletedTask;
    }

    internal string Peer { get; init; } = "peer";

    // Frames handed out are views of the buffer, so it only moves between frames.
    private void Compact()
    {
        if (_start < _end)
        {
            return;
        }

        _start = _end = 0;
        if (_in.Length > 4 * ReadSize)
        {
            Buffers.Return(_in);
            _in = [];
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(int octets, CancellationToken cancellationToken)
    {
        while (_end - _start < octets)
        {
            MakeRoom(octets);
            int got;
            try
            {
                got = await socket.ReceiveAsync(_in.AsMemory(_end), SocketFlags.None, cancellationToken);
            }
            catch (SocketException e)
            {
                throw new IOException($"read from {Peer}: {e.Message}", e);
            }

            if (got == 0)
            {
                return _end > _start ? throw new IpcProtocolException($"connection to {Peer} lost within a frame") : false;
            }

            _end += got;
        }

        return true;
    }

    private void MakeRoom(int octets)
    {
        if (_in.Length - _start >= octets && _end < _in.Length)
        {
            return;
        }

        var target = _in.Length >= octets && _start > 0 ? _in : Buffers.Rent(Math.Max(octets, ReadSize));
        _in.AsSpan(_start, _end - _start).CopyTo(target);
        if (target != _in && _in.Length > 0)
        {
            Buffers.Return(_in);
        }

        _in = target;
        _end -= _start;
        _start = 0;
    }
}
