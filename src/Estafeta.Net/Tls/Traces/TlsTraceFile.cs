using System.Globalization;
using System.Text;

namespace Estafeta.Net.Tls.Traces;

/// <summary>One session's trace: octets of the wire in hexadecimal and ASCII, sixteen a line. A file that cannot be written ends the trace, not the session.</summary>
public sealed class TlsTraceFile : IDisposable
{
    private const int OctetsPerLine = 16;

    private readonly int _sizeLimit;
    private readonly bool _isWhole;
    private StreamWriter? _file;
    private int _written;

    internal TlsTraceFile(string path, string title, int sizeLimit, bool isWhole)
    {
        _sizeLimit = sizeLimit;
        _isWhole = isWhole;
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        _file = new StreamWriter(path, Encoding.ASCII, options);
        WriteLine(title);
    }

    public void Dispose()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // What is missing of a trace nobody can be told but by its being short.
        }

        _file = null;
    }

    /// <summary>The handshake is done: for log level 3 so is the trace.</summary>
    internal void EndHandshake()
    {
        if (!_isWhole)
        {
            Dispose();
        }
    }

    internal void Note(bool isReceived, ReadOnlySpan<byte> octets)
    {
        if (_file == null || octets.IsEmpty)
        {
            return;
        }

        WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(isReceived ? "read" : "write")} {octets.Length} octets"));
        var text = new StringBuilder();
        for (var at = 0; at < octets.Length && _file != null; at += OctetsPerLine)
        {
            var line = octets.Slice(at, Math.Min(OctetsPerLine, octets.Length - at));
            text.Clear().Append(CultureInfo.InvariantCulture, $"{at:x4} ");
            foreach (var octet in line)
            {
                text.Append(CultureInfo.InvariantCulture, $" {octet:x2}");
            }

            text.Append(' ', 3 * (OctetsPerLine - line.Length) + 2);
            foreach (var octet in line)
            {
                text.Append(octet is >= (byte)' ' and < 127 ? (char)octet : '.');
            }

            WriteLine(text.ToString());
        }
    }

    private void WriteLine(string line)
    {
        if (_file == null)
        {
            return;
        }

        try
        {
            if (_written + line.Length + 1 > _sizeLimit)
            {
                Dispose();
                return;
            }

            _file.Write(line);
            _file.Write('\n');
            _written += line.Length + 1;
        }
        catch (IOException)
        {
            _file = null; // a full disk, say
        }
    }
}
