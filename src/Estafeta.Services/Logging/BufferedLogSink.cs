using System.Text;
using Estafeta.Unix.Processes;

namespace Estafeta.Services.Logging;

/// <summary>
/// A sink with a thread of its own that does what may wait: writers append to a bounded buffer under a short lock, the thread takes
/// all there is and sends it. Under load one send carries many lines. When the buffer is full, lines are dropped, and their number is
/// logged as soon as lines get out again.
/// </summary>
public abstract class BufferedLogSink : LogSink
{
    private const int FirstBuffer = 16 * 1024;
    private const int LargestBuffer = 1024 * 1024;
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly Thread _thread;
    private readonly byte[] _noticeTag;
    private readonly LogStamp _stamp;
    private readonly bool _allowUtf8;
    private byte[] _filling = new byte[FirstBuffer];
    private byte[] _sending = new byte[FirstBuffer];
    private int _length;
    private long _dropped;
    private bool _busy;
    private bool _stopping;

    private protected BufferedLogSink(LogSinkOptions options)
    {
        _stamp = new LogStamp(options.Time);
        _allowUtf8 = options.AllowUtf8;
        _noticeTag = Encoding.UTF8.GetBytes($"{options.SyslogName}/log[{Environment.ProcessId}]: ");
        _thread = new Thread(SendLoop) { IsBackground = true, Name = "log" };
    }

    public sealed override void Write(LogSeverity severity, ReadOnlySpan<byte> tag, ReadOnlySpan<char> text)
    {
        lock (_gate)
        {
            if (!TryWrite(severity, tag, text))
            {
                _dropped++;
            }
        }
    }

    public override void Flush()
    {
        lock (_gate)
        {
            var until = Environment.TickCount64 + (long)FlushLimit.TotalMilliseconds;
            while (_busy && until > Environment.TickCount64)
            {
                Monitor.Wait(_gate, (int)Math.Max(1, until - Environment.TickCount64));
            }
        }
    }

    protected sealed override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        lock (_gate)
        {
            _stopping = true;
            Start();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>What stands before the tag of a line with this time stamp; returns its octets.</summary>
    private protected abstract int FormatLead(Span<byte> destination, LogSeverity severity, ReadOnlySpan<byte> stamp);

    /// <summary>Sends without waiting, for sinks that take single lines; the caller holds the lock.</summary>
    private protected virtual bool TrySendNow(ReadOnlySpan<byte> record) => false;

    /// <summary>Gives more lines the chance to come along before the buffer is taken.</summary>
    private protected virtual void Gather()
    {
    }

    /// <summary>Sends records; waits as long as it takes; called on the sink's thread only. False: they are lost.</summary>
    private protected abstract bool Send(ReadOnlySpan<byte> records);

    /// <summary>The last call on the sink's thread.</summary>
    private protected abstract void Close();

    // The caller holds the lock. False: there is no room.
    private bool TryWrite(LogSeverity severity, ReadOnlySpan<byte> tag, ReadOnlySpan<char> text)
    {
        if (!Reserve(LogRecords.HeaderOctets + LogRecords.MaxLineOctets))
        {
            return false;
        }

        var record = Format(severity, tag, text);
        if (_length == 0 && !_busy && TrySendNow(record))
        {
            return true;
        }

        _length += record.Length;
        if (!_busy)
        {
            _busy = true;
            Start();
            Monitor.PulseAll(_gate);
        }

        return true;
    }

    private Span<byte> Format(LogSeverity severity, ReadOnlySpan<byte> tag, ReadOnlySpan<char> text)
    {
        var record = _filling.AsSpan(_length, LogRecords.HeaderOctets + LogRecords.MaxLineOctets);
        var line = record[LogRecords.HeaderOctets..];
        var stamp = _stamp.Now(out var now);
        var at = FormatLead(line, severity, stamp);
        tag = tag[..Math.Min(tag.Length, LogRecords.MaxLineOctets / 4)];
        tag.CopyTo(line[at..]);
        at += tag.Length;
        at += Encoding.ASCII.GetBytes(LogText.Prefix(severity), line[at..]);
        at += LogText.Encode(text, line[at..], _allowUtf8);
        LogRecords.WriteHeader(record, now, at);
        return record[..(LogRecords.HeaderOctets + at)];
    }

    private bool Reserve(int octets)
    {
        if (_filling.Length - _length >= octets)
        {
            return true;
        }

        if (_filling.Length >= LargestBuffer)
        {
            return false;
        }

        Array.Resize(ref _filling, _filling.Length * 2);
        return true;
    }

    private void Start()
    {
        if (_thread.ThreadState.HasFlag(ThreadState.Unstarted))
        {
            _thread.Start();
        }
    }

    private void SendLoop()
    {
        while (true)
        {
            lock (_gate)
            {
                while (_length == 0)
                {
                    _busy = false;
                    Monitor.PulseAll(_gate);
                    if (_stopping)
                    {
                        Close();
                        return;
                    }

                    Monitor.Wait(_gate);
                }
            }

            LoadScheduling.Follow();
            Gather();
            int length;
            long dropped;
            lock (_gate)
            {
                length = _length;
                dropped = _dropped;
                _length = 0;
                _dropped = 0;
                (_filling, _sending) = (_sending, _filling);
            }

            var isSent = Send(_sending.AsSpan(0, length));
            if (!isSent)
            {
                dropped += Count(_sending.AsSpan(0, length));
            }

            if (dropped > 0)
            {
                lock (_gate)
                {
                    // The notice finds no room when the buffer has filled again meanwhile; then the next one tells the whole number.
                    if (!isSent || !TryWrite(LogSeverity.Warning, _noticeTag, $"{dropped} log lines were dropped: the log reader did not keep up"))
                    {
                        _dropped += dropped;
                    }
                }
            }
        }
    }

    private static int Count(ReadOnlySpan<byte> records)
    {
        var count = 0;
        while (LogRecords.TryRead(ref records, out _, out _))
        {
            count++;
        }

        return count;
    }
}
