using System.Buffers;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>
/// A stream encrypted by TLS over another stream, for both ends. Asynchronous only; an idle connection holds no buffer here
/// (a zero-octet read waits below). Reading and writing at the same time is not supported: SMTP takes turns.
/// </summary>
public sealed class TlsStream : Stream
{
    private const int WireRead = 17 * 1024;

    /// <summary>Octets of the wire without one of the conversation in them (KeyUpdate, empty records, tickets) that a read puts up with.</summary>
    private const int MaxSilence = 128 * 1024;

    private readonly Stream _inner;
    private readonly TlsSession _session;
    private int _withheld;
    private bool _isClosed;

    private TlsStream(Stream inner, TlsSession session)
    {
        _inner = inner;
        _session = session;
    }

    /// <summary>What was agreed; set by the handshake.</summary>
    public TlsParameters Negotiated { get; private set; } = TlsParameters.None;

    /// <summary>The other side said that it is done (close_notify): nothing was cut off at the end of what was read.</summary>
    public bool IsEndClean { get; private set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>
    /// Does the handshake as a server. Throws <see cref="TlsException"/> when it fails, <see cref="EndOfStreamException"/> when the
    /// client leaves; the inner stream stays the caller's then.
    /// </summary>
    public static Task<TlsStream> AcceptAsync(Stream inner, TlsContext context, TlsSessionOptions options, CancellationToken cancellationToken) =>
        OpenAsync(inner, context, options, isServer: true, cancellationToken);

    /// <summary>
    /// As a server whose certificate depends on the name the client asks for: the selector gets the name (empty when there is none) before
    /// the handshake begins.
    /// </summary>
    public static async Task<TlsStream> AcceptAsync(
        Stream inner, Func<string, ValueTask<TlsContext>> selectContext, TlsSessionOptions options, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(WireRead);
        try
        {
            var length = 0;
            string? name;
            while ((name = Server.ClientHello.FindServerName(buffer.AsSpan(0, length))) == null)
            {
                if (length == buffer.Length)
                {
                    name = "";
                    break;
                }

                var got = await inner.ReadAsync(buffer.AsMemory(length), cancellationToken);
                length += got > 0 ? got : throw new EndOfStreamException("lost connection");
            }

            return await OpenAsync(inner, await selectContext(name), options, isServer: true, cancellationToken, buffer.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The same as a client.</summary>
    public static Task<TlsStream> ConnectAsync(Stream inner, TlsContext context, TlsSessionOptions options, CancellationToken cancellationToken) =>
        OpenAsync(inner, context, options, isServer: false, cancellationToken);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_isClosed)
        {
            return 0;
        }

        if (buffer.Length == 0)
        {
            // The caller waits for input without holding a buffer.
            return await WaitForInputAsync(cancellationToken);
        }

        var silence = 0;
        while (true)
        {
            var progress = _session.Read(buffer.Span, out var octets);
            if (_session.PendingWire > _withheld)
            {
                await SendWireAsync(cancellationToken);
            }

            switch (progress)
            {
                case TlsSession.Progress.Done:
                    return octets;
                case TlsSession.Progress.Closed:
                    _isClosed = true;
                    IsEndClean = true;
                    return 0;
                default:
                    var received = await ReceiveWireAsync(cancellationToken);
                    if (received == 0)
                    {
                        _isClosed = true;
                        return 0;
                    }

                    silence += received;
                    if (silence > MaxSilence)
                    {
                        throw new TlsException("too many TLS records without content", []);
                    }

                    break;
            }
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            buffer = buffer[_session.Write(buffer.Span)..];
            await SendWireAsync(cancellationToken);
        }
    }

    /// <summary>
    /// What a later connection may resume, or null. Ask when something has been read: TLS 1.3 sends its tickets after the handshake.
    /// </summary>
    public TlsResumption? TakeResumption()
    {
        var session = LibSsl.GetSession(_session.Handle);
        if (!session.IsInvalid && LibSsl.IsResumable(session) == 1)
        {
            return new TlsResumption(session);
        }

        session.Dispose();
        return null;
    }

    /// <summary>The certificates the other side sent (client).</summary>
    public IReadOnlyList<TlsPeerCertificate> PeerChain() => TlsPeerCertificate.ReadChain(_session.Handle);

    /// <summary>The last words and close_notify, in one send.</summary>
    public ValueTask WriteLastAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (buffer.Length > 0)
        {
            buffer = buffer[_session.Write(buffer.Span)..];
        }

        return ShutdownAsync(cancellationToken);
    }

    /// <summary>Sends close_notify. The inner stream is closed by <see cref="Stream.DisposeAsync"/>.</summary>
    public async ValueTask ShutdownAsync(CancellationToken cancellationToken)
    {
        _session.Close();
        await SendWireAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous only");

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("asynchronous only");

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _session.Dispose();
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static async Task<TlsStream> OpenAsync(
        Stream inner, TlsContext context, TlsSessionOptions options, bool isServer, CancellationToken cancellationToken, ReadOnlyMemory<byte> received = default)
    {
        var session = new TlsSession(context, options, isServer);
        session.PutWire(received.Span);
        var stream = new TlsStream(inner, session);
        try
        {
            await stream.HandshakeAsync(isServer, cancellationToken);
            stream.Negotiated = TlsParameters.Read(session, options, isServer);
            session.EndHandshake();
            return stream;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private async ValueTask HandshakeAsync(bool isServer, CancellationToken cancellationToken)
    {
        while (true)
        {
            TlsSession.Progress progress;
            try
            {
                progress = _session.Handshake();
            }
            catch (TlsException)
            {
                // The alert tells the other side why.
                await TrySendWireAsync(cancellationToken);
                throw;
            }

            if (progress == TlsSession.Progress.Done && isServer && _session.IsTls13)
            {
                // What is left are session tickets, which nobody waits for: they go with the first reply.
                _withheld = _session.PendingWire;
                return;
            }

            await SendWireAsync(cancellationToken);
            if (progress == TlsSession.Progress.Done)
            {
                return;
            }

            if (progress == TlsSession.Progress.Closed || await ReceiveWireAsync(cancellationToken) == 0)
            {
                throw new EndOfStreamException("lost connection");
            }
        }
    }

    private async ValueTask<int> WaitForInputAsync(CancellationToken cancellationToken)
    {
        return await _inner.ReadAsync(Memory<byte>.Empty, cancellationToken);
    }

    private async ValueTask<int> ReceiveWireAsync(CancellationToken cancellationToken)
    {
        await WaitForInputAsync(cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(WireRead);
        try
        {
            var got = await _inner.ReadAsync(buffer, cancellationToken);
            _session.PutWire(buffer.AsSpan(0, got));
            return got;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private ValueTask SendWireAsync(CancellationToken cancellationToken) =>
        _session.PendingWire is > 0 and var pending ? SendWireAsync(pending, cancellationToken) : ValueTask.CompletedTask;

    private async ValueTask SendWireAsync(int pending, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(pending);
        try
        {
            var taken = _session.TakeWire(buffer.AsSpan(0, pending));
            if (_withheld > 0)
            {
                _withheld = 0;
                _session.ShrinkBuffers();
            }

            await _inner.WriteAsync(buffer.AsMemory(0, taken), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async ValueTask TrySendWireAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SendWireAsync(cancellationToken);
        }
        catch (IOException)
        {
            // The handshake has failed anyway, and its own reason is the one to report.
        }
    }
}
