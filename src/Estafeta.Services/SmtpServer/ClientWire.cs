using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Unix.Memory;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.SmtpServer;

/// <summary>
/// The byte stream to and from one client. Input is buffered in a small array, output is collected until the session would have to
/// wait for the client, so that the replies to a pipelined group leave in one send (RFC 2920 §3.2). No buffer for output is held while
/// waiting. Trouble with the connection is a state (<see cref="End"/>), not an exception: clients vanish all the time.
/// STARTTLS replaces the stream below.
/// </summary>
public sealed class ClientWire(Stream stream, Socket? socket, Deadline deadline, WireLimits limits) : IAsyncDisposable
{
    private const int InputOctets = 2048;
    private static readonly TimeSpan LastWordLimit = TimeSpan.FromSeconds(5);

    private Stream _stream = stream;
    private TlsStream? _tls;
    private byte[] _input = Buffers.Rent(InputOctets);
    private int _start;
    private int _end;
    private byte[]? _output;
    private int _outputLength;
    private int _lineStart;
    private int _lineLength;

    private TimeSpan _requestTime = limits.Timeout;
    private bool _saidClosing;

    public WireEnd End { get; private set; }

    /// <summary>Octets received and not yet read by the session.</summary>
    public ReadOnlySpan<byte> Buffered => _input.AsSpan(_start, _end - _start);

    /// <summary>The line of the last successful <see cref="ReadLineAsync"/>, without line end; valid until the next read.</summary>
    public ReadOnlySpan<byte> Line => _input.AsSpan(_lineStart, _lineLength);

    /// <summary>The last line ended in LF without CR.</summary>
    public bool LineWasBare { get; private set; }

    /// <summary>A command was answered: the time for the next one begins.</summary>
    public void StartRequest() => _requestTime = limits.Timeout;

    /// <summary>
    /// Reads what has arrived already, without waiting and without sending: commands that came too early. Under TLS only those of the
    /// record read last are seen: what else has arrived may be half a record.
    /// </summary>
    public async ValueTask PeekAsync()
    {
        if (_tls == null && Buffered.IsEmpty && End == WireEnd.None && socket != null && SocketStream.HasInput(socket))
        {
            await FillAsync(isPeek: true);
        }
    }

    /// <summary>Says a last word to a client whose time is up, if it can be said at once.</summary>
    public async ValueTask SayLastAsync(string line)
    {
        using var limit = new CancellationTokenSource(LastWordLimit);
        WriteLine(line);
        try
        {
            await _stream.WriteAsync(_output.AsMemory(0, _outputLength), limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Nobody listens.
        }

        ReleaseOutput();
    }

    /// <summary>Reads one line. Sends what was collected before it waits.</summary>
    public ValueTask<LineOutcome> ReadLineAsync() => ReadLineAsync(limits.LineOctets);

    /// <summary>The same with a limit of its own: responses to AUTH challenges may be longer than commands.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<LineOutcome> ReadLineAsync(int mostOctets)
    {
        var scanned = 0;
        while (true)
        {
            var found = Buffered[scanned..].IndexOf((byte)'\n');
            if (found >= 0)
            {
                TakeLine(scanned + found);
                return _lineLength > mostOctets ? LineOutcome.TooLong : LineOutcome.Line;
            }

            scanned = _end - _start;
            if (scanned > mostOctets)
            {
                _lineStart = _start;
                _lineLength = mostOctets;
                return LineOutcome.TooLong;
            }

            if (!await FillAsync())
            {
                return LineOutcome.None;
            }
        }
    }

    /// <summary>After <see cref="LineOutcome.TooLong"/>: reads to the end of that line.</summary>
    public async ValueTask SkipLineAsync()
    {
        if (_lineStart != _start)
        {
            return; // it was read whole
        }

        while (true)
        {
            var found = Buffered.IndexOf((byte)'\n');
            if (found >= 0)
            {
                _start += found + 1;
                return;
            }

            _start = _end = 0;
            if (!await FillAsync())
            {
                return;
            }
        }
    }

    /// <summary>
    /// Fills the memory with what is buffered, else with what the client sends next. Zero means the connection is gone: see <see cref="End"/>.
    /// </summary>
    public ValueTask<int> ReadAsync(Memory<byte> destination)
    {
        var buffered = Buffered;
        if (buffered.IsEmpty)
        {
            return ReceiveAsync(destination);
        }

        var count = Math.Min(buffered.Length, destination.Length);
        buffered[..count].CopyTo(destination.Span);
        _start += count;
        return ValueTask.FromResult(count);
    }

    /// <summary>Gives back octets read too far; they are read next.</summary>
    public void Unread(ReadOnlySpan<byte> octets)
    {
        if (octets.IsEmpty)
        {
            return;
        }

        var buffered = Buffered;
        if (octets.Length + buffered.Length > _input.Length)
        {
            var larger = Buffers.Rent(octets.Length + buffered.Length);
            buffered.CopyTo(larger.AsSpan(octets.Length));
            Buffers.Return(_input);
            _end = octets.Length + buffered.Length;
            _input = larger;
        }
        else
        {
            _end = octets.Length + buffered.Length;
            buffered.CopyTo(_input.AsSpan(octets.Length));
        }

        octets.CopyTo(_input);
        _start = 0;
    }

    /// <summary>Collects one reply line; adds CRLF. Control characters would let a client's text forge replies: they become spaces.</summary>
    public void WriteLine(ReadOnlySpan<char> line)
    {
        var most = Encoding.UTF8.GetMaxByteCount(line.Length) + 2;
        if (_output == null || _output.Length - _outputLength < most)
        {
            var larger = Buffers.Rent(Math.Max(512, _outputLength + most));
            if (_output != null)
            {
                _output.AsSpan(0, _outputLength).CopyTo(larger);
                Buffers.Return(_output);
            }

            _output = larger;
        }

        var written = _output.AsSpan(_outputLength, Encoding.UTF8.GetBytes(line, _output.AsSpan(_outputLength)));
        for (var at = written.IndexOfAnyInRange((byte)0, (byte)31); at >= 0; at = written.IndexOfAnyInRange((byte)0, (byte)31))
        {
            written[at] = (byte)' ';
        }

        _outputLength += written.Length;
        _output[_outputLength++] = (byte)'\r';
        _output[_outputLength++] = (byte)'\n';
    }

    /// <summary>Sends what was collected. False when the connection is gone.</summary>
    public ValueTask<bool> FlushAsync() => _outputLength == 0 ? ValueTask.FromResult(End == WireEnd.None) : SendAsync();

    /// <summary>Sends what was collected when nothing will follow: under TLS, close_notify goes along.</summary>
    public async ValueTask FinishAsync()
    {
        if (_outputLength > 0)
        {
            await SendAsync(isLast: true);
        }
    }

    /// <summary>
    /// The TLS handshake of STARTTLS or wrapper mode. Anything the client sent in the clear after the command is forgotten
    /// (CVE-2011-0411). Null when the connection is of no more use: see <see cref="End"/>.
    /// </summary>
    public async ValueTask<TlsParameters?> EncryptAsync(TlsServer server, string client, int logLevel)
    {
        if (!await FlushAsync())
        {
            return null;
        }

        _start = _end = 0;
        try
        {
            _tls = await server.AcceptAsync(_stream, client, deadline.Token, logLevel);
            _stream = _tls ?? _stream;
            End = _tls == null ? WireEnd.LostConnection : WireEnd.None;
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            End = deadline.IsClosing ? WireEnd.Closing : WireEnd.Timeout;
        }

        return _tls?.Negotiated;
    }

    public async ValueTask DisposeAsync()
    {
        Buffers.Return(_input);
        ReleaseOutput();
        if (_tls != null && !_saidClosing && End is not WireEnd.LostConnection)
        {
            await SayClosingAsync(_tls);
        }

        await _stream.DisposeAsync();
    }

    // close_notify: the client knows that nothing was cut off.
    private static async ValueTask SayClosingAsync(TlsStream tls)
    {
        using var limit = new CancellationTokenSource(LastWordLimit);
        try
        {
            await tls.ShutdownAsync(limit.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Nobody listens.
        }
    }

    private void TakeLine(int lineFeed)
    {
        var line = Buffered[..lineFeed];
        LineWasBare = line.IsEmpty || line[^1] != (byte)'\r';
        _lineStart = _start;
        _lineLength = LineWasBare ? lineFeed : lineFeed - 1;
        _start += lineFeed + 1;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> FillAsync(bool isPeek = false)
    {
        if (_start > 0)
        {
            Compact();
        }

        if (_end == _input.Length)
        {
            var larger = Buffers.Rent(_input.Length * 2);
            _input.AsSpan(0, _end).CopyTo(larger);
            Buffers.Return(_input);
            _input = larger;
        }

        var count = await ReceiveAsync(_input.AsMemory(_end), isPeek);
        _end += count;
        return count > 0;
    }

    // Moves what is left to the front, and lets go of an array that a long pipelined group made large.
    private void Compact()
    {
        var left = _end - _start;
        if (left == 0 && _input.Length > InputOctets)
        {
            Buffers.Return(_input);
            _input = Buffers.Rent(InputOctets);
        }
        else
        {
            _input.AsSpan(_start, left).CopyTo(_input);
        }

        _start = 0;
        _end = left;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReceiveAsync(Memory<byte> destination, bool isPeek = false)
    {
        if (End != WireEnd.None || (!isPeek && !await FlushAsync()))
        {
            return 0;
        }

        deadline.Arm(_requestTime);
        try
        {
            var count = await _stream.ReadAsync(destination, deadline.Token);
            End = count == 0 ? WireEnd.LostConnection : WireEnd.None;
            Charge(count);
            return count;
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            End = deadline.IsClosing ? WireEnd.Closing : WireEnd.Timeout;
        }
        catch (IOException)
        {
            End = WireEnd.LostConnection;
        }
        finally
        {
            deadline.Disarm();
        }

        return 0;
    }

    private async ValueTask<bool> SendAsync(bool isLast = false)
    {
        if (End != WireEnd.None)
        {
            ReleaseOutput();
            return false;
        }

        if (deadline.IsClosing)
        {
            End = WireEnd.Closing; // the last word takes the replies along
            return false;
        }

        deadline.Arm(_requestTime);
        try
        {
            var output = _output.AsMemory(0, _outputLength);
            _saidClosing = isLast && _tls != null;
            await (_saidClosing ? _tls!.WriteLastAsync(output, deadline.Token) : _stream.WriteAsync(output, deadline.Token)); // there is TLS to say it with
            Charge(0);
        }
        catch (OperationCanceledException) when (deadline.HasPassed)
        {
            End = deadline.IsClosing ? WireEnd.Closing : WireEnd.Timeout;
        }
        catch (IOException)
        {
            End = WireEnd.LostConnection;
        }
        finally
        {
            deadline.Disarm();
            ReleaseOutput();
        }

        return End == WireEnd.None;
    }

    // The time a wait took is gone from the request's; octets received buy some back.
    private void Charge(int received)
    {
        if (limits.MinDataRate is { } rate)
        {
            var left = deadline.Remaining + TimeSpan.FromSeconds((double)received / rate);
            _requestTime = left < limits.Timeout ? left : limits.Timeout;
        }
    }

    private void ReleaseOutput()
    {
        if (_output != null)
        {
            Buffers.Return(_output);
        }

        _output = null;
        _outputLength = 0;
    }
}

public enum LineOutcome
{
    Line,

    /// <summary>Longer than line_length_limit.</summary>
    TooLong,

    /// <summary>The connection is gone.</summary>
    None,
}

/// <param name="LineOctets">line_length_limit.</param>
/// <param name="Timeout">smtpd_timeout: for each wait for the client, or for a whole request.</param>
/// <param name="MinDataRate">
/// smtpd_min_data_rate: with it the timeout is for a whole request and its reply (smtpd_per_request_deadline), and every so many octets
/// buy another second. Null: for each wait.
/// </param>
public sealed record WireLimits(int LineOctets, TimeSpan Timeout, int? MinDataRate);
