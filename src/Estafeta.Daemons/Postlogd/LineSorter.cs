using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Postlogd;

/// <summary>
/// Puts the lines of all processes in the order they were written. Each process holds its lines back for some milliseconds to send
/// many at once, so a line is kept here until no earlier one can still come.
/// </summary>
internal sealed class LineSorter
{
    private readonly List<Line> _lines = [];
    private byte[] _octets = new byte[64 * 1024];
    private byte[] _spare = [];
    private int _length;
    private int _arrivals;

    public bool IsEmpty => _lines.Count == 0;

    /// <summary>Takes a datagram: records of one of our processes, or one plain line.</summary>
    public void Add(ReadOnlySpan<byte> datagram, long nowTicks)
    {
        if (!datagram.StartsWith(LogRecords.Mark))
        {
            AddLine(nowTicks, datagram.TrimEnd((byte)'\n'));
            return;
        }

        var records = datagram[LogRecords.Mark.Length..];
        while (LogRecords.TryRead(ref records, out var ticks, out var line))
        {
            // A clock that was set must not hold a line back for ever.
            AddLine(Math.Min(ticks, nowTicks), line);
        }
    }

    /// <summary>Moves the lines written up to this moment to the file, oldest first.</summary>
    public void Take(long untilTicks, LogFile file)
    {
        _lines.Sort(static (a, b) => a.Ticks != b.Ticks ? a.Ticks.CompareTo(b.Ticks) : a.Arrival.CompareTo(b.Arrival));
        var taken = 0;
        while (taken < _lines.Count && _lines[taken].Ticks <= untilTicks)
        {
            var line = _lines[taken++];
            file.Append(_octets.AsSpan(line.Start, line.Length));
        }

        _lines.RemoveRange(0, taken);
        Compact();
    }

    private void AddLine(long ticks, ReadOnlySpan<byte> text)
    {
        if (_octets.Length - _length < text.Length)
        {
            Array.Resize(ref _octets, Math.Max(_octets.Length * 2, _length + text.Length));
        }

        var stored = _octets.AsSpan(_length, text.Length);
        text.CopyTo(stored);

        // One line stays one line, whoever sent it.
        stored.Replace((byte)'\n', (byte)'?');
        stored.Replace((byte)'\0', (byte)'?');
        _lines.Add(new Line(ticks, _arrivals++, _length, text.Length));
        _length += text.Length;
    }

    // The few lines kept move to the front.
    private void Compact()
    {
        if (_lines.Count == 0)
        {
            _length = 0;
            _arrivals = 0;
            return;
        }

        var kept = 0;
        foreach (var line in _lines)
        {
            kept += line.Length;
        }

        if (_spare.Length < kept)
        {
            _spare = new byte[_octets.Length];
        }

        var at = 0;
        for (var i = 0; i < _lines.Count; i++)
        {
            var line = _lines[i];
            _octets.AsSpan(line.Start, line.Length).CopyTo(_spare.AsSpan(at));
            _lines[i] = line with { Start = at };
            at += line.Length;
        }

        (_octets, _spare) = (_spare, _octets);
        _length = at;
    }

    private readonly record struct Line(long Ticks, int Arrival, int Start, int Length);
}
