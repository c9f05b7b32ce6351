using System.Globalization;
using System.Text;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>The dialogue of a probe: a command at a time, every line shown when wanted. Throws <see cref="IOException"/> when the server does not answer.</summary>
internal sealed class ProbeConversation(Stream stream, IMailLog? shown, TimeProvider time)
{
    private const int MaximumLine = 4096;
    private const int MaximumLines = 1000;

    private readonly byte[] _buffer = new byte[MaximumLine];
    private int _start;
    private int _end;

    public Stream Stream { get; private set; } = stream;

    /// <summary>TLS has begun: what was read ahead in clear does not count.</summary>
    public void Swap(Stream encrypted)
    {
        Stream = encrypted;
        _start = _end = 0;
    }

    public async ValueTask<(int Code, IReadOnlyList<string> Lines)> CommandAsync(string command, TimeSpan timeout, CancellationToken cancellationToken)
    {
        shown?.Info("> " + command);
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await Stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("timed out");
        }

        return await ReadAsync(timeout, cancellationToken);
    }

    /// <summary>A reply; code 0 for what is none.</summary>
    public async ValueTask<(int Code, IReadOnlyList<string> Lines)> ReadAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var lines = new List<string>();
        try
        {
            while (true)
            {
                var line = await ReadLineAsync(either.Token);
                shown?.Info("< " + line);
                lines.Add(line);
                if (line.Length < 4 || line[3] != '-' || lines.Count > MaximumLines)
                {
                    var isCode = int.TryParse(line.AsSpan(0, Math.Min(3, line.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out var code);
                    return (isCode ? code : 0, lines);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException("timed out");
        }
    }

    private async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (end >= 0 || _end - _start == MaximumLine)
            {
                var length = end < 0 ? _end - _start : end;
                var line = Encoding.UTF8.GetString(_buffer, _start, length).TrimEnd('\r');
                _start += end < 0 ? length : end + 1;
                return line;
            }

            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var got = await Stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
            _end += got > 0 ? got : throw new IOException("lost connection");
        }
    }
}
