using System.Buffers;
using System.Text;
using Estafeta.Unix.Files;

namespace Estafeta.Services.Logging;

/// <summary>The log of a command: <c>postqueue: fatal: …</c> on standard error, one write a line.</summary>
public sealed class StandardErrorLog : IMailLog
{
    private const int MaxOctets = 4096;
    private readonly Stream _error;
    private readonly string _name;

    /// <param name="name">What stands before the colon: the command's name.</param>
    /// <param name="error">Another stream in its place, for tests.</param>
    public StandardErrorLog(string name, Stream? error = null)
    {
        _name = name;
        _error = error ?? StandardStream.Error();
    }

    public void Write(LogSeverity severity, string text)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxOctets);
        var length = Encoding.UTF8.GetBytes($"{_name}: {LogText.Prefix(severity)}", buffer);
        length += LogText.Encode(text, buffer.AsSpan(length, MaxOctets - length - 1), allowUtf8: true);
        buffer[length++] = (byte)'\n';
        try
        {
            _error.Write(buffer, 0, length);
        }
        catch (IOException)
        {
            // Nobody reads our standard error: there is nowhere left to say so.
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }
}
