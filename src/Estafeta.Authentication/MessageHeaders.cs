using System.Text;
using Estafeta.Mail.Headers;

namespace Estafeta.Authentication;

/// <summary>The header section of a message, top first, as octets with LF line ends. Its own copy: what it came from may go away.</summary>
public sealed class MessageHeaders
{
    private readonly List<HeaderField> _fields = [];
    private readonly Dictionary<string, List<int>> _byName = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<HeaderField> Fields => _fields;

    /// <summary>Of a whole header section, as the queue keeps it.</summary>
    public static MessageHeaders Read(ReadOnlyMemory<byte> head)
    {
        var headers = new MessageHeaders();
        var scanner = new HeaderScanner(int.MaxValue);
        while (scanner.Read(ref head, true, out var field) == HeaderScanResult.Header)
        {
            headers.Add(field);
        }

        return headers;
    }

    /// <summary>Adds a field below the others.</summary>
    public void Add(HeaderField field)
    {
        if (!HeaderField.TryParse(field.Octets.ToArray(), out var own))
        {
            return;
        }

        var name = Encoding.Latin1.GetString(own.Name);
        if (!_byName.TryGetValue(name, out var places))
        {
            _byName[name] = places = [];
        }

        places.Add(_fields.Count);
        _fields.Add(own);
    }

    /// <summary>The places of the fields of a name, top first.</summary>
    public IReadOnlyList<int> Find(string name) => _byName.TryGetValue(name, out var places) ? places : [];

    /// <summary>A field's value as text, folds and all; octets that are no UTF-8 as Latin-1.</summary>
    public static string Text(HeaderField field) => Tables.Text.RawText.Decode(field.Value);
}
