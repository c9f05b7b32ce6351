using System.Text;

namespace Estafeta.Services.Attributes;

/// <summary>
/// Reads what <see cref="AttributeWriter"/> writes, from a stream, with bounds: <see cref="InvalidDataException"/> for what is no
/// attribute list.
/// </summary>
public sealed class AttributeReader(Stream stream)
{
    private const int MaxValueOctets = 1024 * 1024;

    private readonly byte[] _buffer = new byte[16 * 1024];
    private byte[] _text = new byte[256];
    private int _start;
    private int _end;

    /// <summary>The next attribute; name empty at the end of a list, null at the end of the stream.</summary>
    public async ValueTask<(string? Name, string Value)> ReadAsync(CancellationToken cancellationToken)
    {
        var name = await ReadTextAsync(cancellationToken);
        if (name is null or "")
        {
            return (name, "");
        }

        return await ReadTextAsync(cancellationToken) is { } value ? (name, value) : throw new InvalidDataException("attribute without value");
    }

    /// <summary>A whole list, the last of equal names counting; null at the end of the stream.</summary>
    public async ValueTask<Dictionary<string, string>?> ReadListAsync(CancellationToken cancellationToken)
    {
        Dictionary<string, string>? list = null;
        while (true)
        {
            var (name, value) = await ReadAsync(cancellationToken);
            if (name == null)
            {
                return list == null ? null : throw new InvalidDataException("attribute list without end");
            }

            list ??= new Dictionary<string, string>(StringComparer.Ordinal);
            if (name.Length == 0)
            {
                return list;
            }

            if (list.Count >= 100)
            {
                throw new InvalidDataException("too many attributes");
            }

            list[name] = value;
        }
    }

    private async ValueTask<string?> ReadTextAsync(CancellationToken cancellationToken)
    {
        var length = 0;
        while (true)
        {
            if (_start == _end)
            {
                _start = 0;
                _end = await stream.ReadAsync(_buffer, cancellationToken);
                if (_end == 0)
                {
                    return length == 0 ? null : throw new InvalidDataException("attribute cut short");
                }
            }

            var rest = _buffer.AsSpan(_start, _end - _start);
            var nul = rest.IndexOf((byte)0);
            var part = nul < 0 ? rest : rest[..nul];
            if (length + part.Length > MaxValueOctets)
            {
                throw new InvalidDataException("attribute too long");
            }

            if (length + part.Length > _text.Length)
            {
                Array.Resize(ref _text, Math.Max(2 * _text.Length, length + part.Length));
            }

            part.CopyTo(_text.AsSpan(length));
            length += part.Length;
            _start += part.Length;
            if (nul >= 0)
            {
                _start++;
                return Encoding.UTF8.GetString(_text, 0, length);
            }
        }
    }
}
