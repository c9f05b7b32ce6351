using Estafeta.Services.Logging;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>postmap's <c>key white-space value</c>.</summary>
internal sealed class PostmapSource(IMailLog log) : ITableSource
{
    public string Separator => "\t";

    public bool TryReadEntry(ReadOnlySpan<byte> line, string where, out string key, out string value)
    {
        key = value = "";
        line = SourceEntry.TrimEnd(line);
        if (!SourceEntry.TryParse(line, out var entry))
        {
            log.Warning($"{where}: unbalanced '\"' in '{RawText.Decode(line)}' -- ignoring this line");
            return false;
        }

        if (entry.Key.IsEmpty || entry.Value.IsEmpty)
        {
            log.Warning($"{where}: expected format: key whitespace value");
            return false;
        }

        if (entry.Key[^1] == ':')
        {
            log.Warning($"{where}: record is in \"key: value\" format; is this an alias file?");
        }

        key = RawText.Decode(entry.Key);
        value = RawText.Decode(entry.Value);
        return true;
    }

    public IEnumerable<KeyValuePair<string, string>> StandardEntries() => [];

    public string ToListing(string key) => key;
}
