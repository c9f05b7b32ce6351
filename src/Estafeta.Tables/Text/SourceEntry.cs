using Estafeta.Configuration.Files;

namespace Estafeta.Tables.Text;

/// <summary>
/// The <c>key white-space value</c> of one logical line. White space inside double quotes or after a backslash belongs to the key,
/// which keeps its quotes and backslashes: it is stored and asked for as written.
/// </summary>
public readonly ref struct SourceEntry
{
    private SourceEntry(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        Key = key;
        Value = value;
    }

    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Without surrounding white space; may be empty.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>False when a double quote is left open.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out SourceEntry entry)
    {
        var inQuotes = false;
        var i = 0;
        for (; i < line.Length && (inQuotes || !LogicalLineReader.IsSpace(line[i])); i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length)
            {
                i++;
            }
            else if (line[i] == '"')
            {
                inQuotes = !inQuotes;
            }
        }

        entry = new SourceEntry(line[..i], Trim(line[i..]));
        return !inQuotes;
    }

    public static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text) => TrimEnd(TrimStart(text));

    public static ReadOnlySpan<byte> TrimStart(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && LogicalLineReader.IsSpace(text[0]))
        {
            text = text[1..];
        }

        return text;
    }

    public static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty && LogicalLineReader.IsSpace(text[^1]))
        {
            text = text[..^1];
        }

        return text;
    }
}
