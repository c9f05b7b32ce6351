using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Unix.Memory;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// The bytes of one connection to a server: commands are collected and leave in one write, replies are read line by line. The stream
/// below can be swapped once, by STARTTLS, and whatever was buffered in clear is then thrown away. Every wait has a limit; a limit that
/// passes, a reset or the end of the stream become a <see cref="ReplyFailure"/>, never an exception. Not thread-safe.
/// </summary>
internal sealed class SmtpConnection : IAsyncDisposable
{
    private const int ReadOctets = 4096;
    private const int WriteOctets = 16 * 1024;

    private readonly Socket _socket;
    private readonly TimeProvider _time;
    private readonly ReplyParser _replies;
    private readonly int _lineLimit;
    private readonly MapList _replyFilter;
    private readonly IMailLog _log;
    private readonly string _peer;
    private Stream _stream;
    private CancellationTokenSource? _deadline;
    private byte[] _in = [];
    private int _start;
    private int _end;
    private byte[] _out = [];
    private int _outLength;
    private bool _skipsToLineEnd;

    public SmtpConnection(Socket socket, string peer, ReplyParser replies, MapList replyFilter, int lineLimit, PeerTrace trace, IMailLog log, TimeProvider time)
    {
        _socket = socket;
        _stream = new SocketStream(socket, ownsSocket: false);
        _peer = peer;
        _replies = replies;
        _replyFilter = replyFilter;
        _lineLimit = lineLimit;
        Trace = trace;
        _log = log;
        _time = time;
    }

    public ReplyParser Replies => _replies;

    /// <summary>debug_peer_list.</summary>
    public PeerTrace Trace { get; }

    /// <summary>The time limit of a reply is for all of it, not for each read.</summary>
    public bool HasReplyDeadline { get; init; }

    public Stream Stream => _stream;

    public Socket Socket => _socket;

    /// <summary>The stream failed or ended: nothing more will come of it.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Room for content; what is written is announced with <see cref="Advance"/>.</summary>
    public Span<byte> GetSpan(int minimumOctets)
    {
        RentOut();
        if (_out.Length - _outLength < minimumOctets)
        {
            Grow(_outLength + minimumOctets);
        }

        return _out.AsSpan(_outLength);
    }

    public void Advance(int octets) => _outLength += octets;

    public int Pending => _outLength;

    /// <summary>Takes back the last octets queued.</summary>
    public byte[] TakeTail(int octets)
    {
        _outLength -= octets;
        return _out.AsSpan(_outLength, octets).ToArray();
    }

    /// <summary>As <see cref="Write"/>; traces show something else.</summary>
    public void WriteSecret(string command, string shown) => Write(command, shown);

    /// <summary>Queues a command and its CRLF. The text was checked where it came from; a line end in it is a bug and kills the delivery.</summary>
    public void Write(string command) => Write(command, command);

    private void Write(string command, string shown)
    {
        if (command.AsSpan().ContainsAny('\r', '\n', '\0'))
        {
            throw new InvalidOperationException("line end in an SMTP command");
        }

        Trace.Sent(shown);
        RentOut();
        var octets = Encoding.UTF8.GetByteCount(command) + 2;
        if (_outLength + octets > _out.Length)
        {
            Grow(_outLength + octets);
        }

        _outLength += Encoding.UTF8.GetBytes(command, _out.AsSpan(_outLength));
        _out[_outLength++] = (byte)'\r';
        _out[_outLength++] = (byte)'\n';
    }

    /// <summary>Sends what is queued.</summary>
    public async ValueTask<ReplyFailure> FlushAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var length = _outLength;
        _outLength = 0;
        if (IsBroken)
        {
            return ReplyFailure.Lost;
        }

        try
        {
            await _stream.WriteAsync(_out.AsMemory(0, length), Deadline(timeout, cancellationToken));
            Disarm();
            return ReplyFailure.None;
        }
        catch (Exception e) when (IsPeerTrouble(e, cancellationToken))
        {
            return Fail(e);
        }
    }

    /// <summary>Reads one reply. The limit is for each read, or for all of it (<see cref="HasReplyDeadline"/>).</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<SmtpReply> ReadReplyAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var token = Deadline(timeout, cancellationToken);
        var isFirst = true;
        try
        {
            while (true)
            {
                while (TryTakeLine(out var line))
                {
                    Trace.Received(line);
                    if (!_replyFilter.IsEmpty)
                    {
                        line = await FilterAsync(line, cancellationToken);
                    }

                    if (_replies.TryAdd(line, out var reply))
                    {
                        Disarm();
                        ReturnInIfEmpty();
                        return reply;
                    }
                }

                if (!isFirst && !HasReplyDeadline)
                {
                    token = Deadline(timeout, cancellationToken);
                }

                // After a failed write too: a server that hangs up early may have said why.
                if (!await FillAsync(token))
                {
                    IsBroken = true;
                    return SmtpReply.NoReply(ReplyFailure.Lost);
                }

                isFirst = false;
            }
        }
        catch (Exception e) when (IsPeerTrouble(e, cancellationToken))
        {
            return SmtpReply.NoReply(Fail(e));
        }
    }

    /// <summary>False when the server has closed an idle connection or sent something nobody asked for.</summary>
    public bool IsIdleAndOpen()
    {
        try
        {
            return !IsBroken && _start == _end && !SocketStream.IsReadable(_socket);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Anything received in clear before the swap was not protected and is forgotten (CVE-2021-38371 and its kin).</summary>
    public void Swap(Stream stream)
    {
        _stream = stream;
        _start = _end = 0;
        _outLength = 0;
    }

    public void MarkBroken() => IsBroken = true;

    /// <summary>Octets received and not yet read: nothing may be there when TLS begins.</summary>
    public bool HasUnreadInput => _start < _end;

    /// <summary>Gives the buffers back while the connection is idle.</summary>
    public void ReleaseBuffers()
    {
        ReturnInIfEmpty();
        if (_outLength == 0 && _out.Length > 0)
        {
            Buffers.Return(_out);
            _out = [];
        }
    }

    /// <summary>Closes an idle connection at once, with a QUIT that is lost rather than waited for.</summary>
    public void Abandon()
    {
        if (!IsBroken && _stream is NetworkStream)
        {
            _socket.Blocking = false;
            _ = _socket.Send("QUIT\r\n"u8, SocketFlags.None, out _);
        }

        _stream.Dispose();
        ReleaseAll();
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        ReleaseAll();
    }

    private void ReleaseAll()
    {
        _socket.Dispose();
        _deadline?.Dispose();
        _start = _end = 0;
        _outLength = 0;
        ReleaseBuffers();
    }

    /// <summary>smtp_reply_filter: another line in place of the server's. Trouble with the table leaves the line alone.</summary>
    private async ValueTask<string> FilterAsync(string line, CancellationToken cancellationToken)
    {
        var result = await _replyFilter.LookupAsync(line, cancellationToken);
        if (result.IsTrouble)
        {
            _log.Warning($"{_peer}: smtp reply filter lookup error for: {line}");
        }

        return result.IsFound ? result.Value ?? "" : line;
    }

    private static bool IsPeerTrouble(Exception e, CancellationToken cancellationToken) =>
        e is IOException or SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private ReplyFailure Fail(Exception e)
    {
        IsBroken = true;
        return e is OperationCanceledException || e.InnerException is SocketException { SocketErrorCode: SocketError.TimedOut }
            ? ReplyFailure.TimedOut
            : ReplyFailure.Lost;
    }

    // One timer per connection, armed for each wait. A source that has fired, or is bound to another token, is replaced.
    private CancellationToken Deadline(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_deadline == null || cancellationToken.CanBeCanceled || !_deadline.TryReset())
        {
            _deadline?.Dispose();
            _deadline = cancellationToken.CanBeCanceled
                ? CancellationTokenSource.CreateLinkedTokenSource(cancellationToken)
                : new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        }

        _deadline.CancelAfter(timeout);
        return _deadline.Token;
    }

    private void Disarm() => _deadline?.CancelAfter(Timeout.InfiniteTimeSpan);

    private void RentOut()
    {
        if (_out.Length == 0)
        {
            _out = Buffers.Rent(WriteOctets);
        }
    }

    private void Grow(int octets)
    {
        var bigger = Buffers.Rent(Math.Max(octets, _out.Length * 2));
        _out.AsSpan(0, _outLength).CopyTo(bigger);
        Buffers.Return(_out);
        _out = bigger;
    }

    private void ReturnInIfEmpty()
    {
        if (_start == _end && _in.Length > 0)
        {
            Buffers.Return(_in);
            _in = [];
            _start = _end = 0;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_in.Length == 0)
        {
            _in = Buffers.Rent(ReadOctets);
        }

        if (_start == _end)
        {
            _start = _end = 0;
        }
        else if (_end == _in.Length)
        {
            _in.AsSpan(_start, _end - _start).CopyTo(_in);
            _end -= _start;
            _start = 0;
        }

        var received = await _stream.ReadAsync(_in.AsMemory(_end), cancellationToken);
        _end += received;
        return received > 0;
    }

    /// <summary>The next line without CRLF or LF, made printable. A line that does not end is cut at the limit; its rest is skipped.</summary>
    private bool TryTakeLine(out string line)
    {
        var input = _in.AsSpan(_start, _end - _start);
        var feed = input.IndexOf((byte)'\n');
        if (_skipsToLineEnd)
        {
            _start += feed < 0 ? input.Length : feed + 1;
            _skipsToLineEnd = feed < 0;
            line = "";
            return !_skipsToLineEnd && TryTakeLine(out line);
        }

        if (feed < 0 && input.Length <= _lineLimit)
        {
            line = "";
            return false;
        }

        var length = feed < 0 ? input.Length : feed;
        _start += feed < 0 ? input.Length : feed + 1;
        _skipsToLineEnd = feed < 0;
        if (length > 0 && input[length - 1] == '\r')
        {
            length--;
        }

        if (length > _lineLimit)
        {
            length = _lineLimit;
            _log.Warning($"{_peer}: response longer than {_lineLimit}: {Printable.FromPeer(input[..30])}...");
        }

        line = Printable.FromPeer(input[..length]);
        return true;
    }
}
