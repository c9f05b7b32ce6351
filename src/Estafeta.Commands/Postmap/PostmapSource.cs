using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>postmap's <c>key white-space value</c>.</summary>
internal sealed class PostmapSource(IMailLog log) : ITableSource
{
    public string Separator => "\t";

    public bool TryReadEntry(ReadOnlySpan<byte> line, SourcePlace place, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        line = SourceEntry.TrimEnd(line);
        if (!SourceEntry.TryParse(line, out var entry))
        {
            log.Warning($"{place}: unbalanced '\"' in '{RawText.Decode(line)}' -- ignoring this line");
            return false;
        }

        if (entry.Key.IsEmpty || entry.Value.IsEmpty)
        {
            log.Warning($"{place}: expected format: key whitespace value");
            return false;
        }

        if (entry.Key[^1] == ':')
        {
            log.Warning($"{place}: record is in \"key: value\" format; is this an alias file?");
        }

        key = entry.Key;
        value = entry.Value;
        return true;
    }

    public IEnumerable<KeyValuePair<string, string>> StandardEntries() => [];
}
