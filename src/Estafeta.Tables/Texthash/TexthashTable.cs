using System.Text.Unicode;
using Estafeta.Configuration.Files;
using Estafeta.Tables.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Texthash;

/// <summary><c>texthash:/path</c>: a postmap source read into memory, without postmap. The last of duplicate entries does not win: the first does, with a warning.</summary>
internal sealed class TexthashTable : LookupTable, IListableTable
{
    private readonly ReloadingSource<Dictionary<string, string>> _source;

    private TexthashTable(TableRequest request)
        : base(request) =>
        _source = new ReloadingSource<Dictionary<string, string>>(request.Source, request, Parse, "open database ");

    public static ILookupTable Open(TableRequest request) => new TexthashTable(request);

    public IAsyncEnumerable<KeyValuePair<string, string>> ListAsync(CancellationToken cancellationToken) => _source.Current.ToAsyncEnumerable();

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        new(_source.Current.TryGetValue(key, out var value) ? LookupResult.Found(value) : LookupResult.NotFound);

    private Dictionary<string, string> Parse(byte[] text)
    {
        var entries = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = new LogicalLines<byte>(text);
        while (reader.TryRead(out var line))
        {
            AddEntry(entries, line, reader.LastLine);
        }

        return entries;
    }

    private void AddEntry(Dictionary<string, string> entries, ReadOnlySpan<byte> line, int number)
    {
        var where = $"{Request.Source}, line {number}";
        if (Request.Has(TableFlags.Utf8) && !Utf8.IsValid(line))
        {
            Request.Tables.Warn($"{where}: non-UTF-8 input \"{RawText.Decode(line)}\" -- ignoring this line");
            return;
        }

        if (!SourceEntry.TryParse(line, out var entry))
        {
            Request.Tables.Warn($"{where}: unbalanced '\"' in '{RawText.Decode(line)}' -- ignoring this line");
            return;
        }

        if (entry.Key.IsEmpty || entry.Value.IsEmpty)
        {
            Request.Tables.Warn($"{where}: expected format: key whitespace value -- ignoring this line");
            return;
        }

        if (entry.Key[^1] == ':')
        {
            Request.Tables.Warn($"{where}: record is in \"key: value\" format; is this an alias file?");
        }

        var key = FoldKey(RawText.Decode(entry.Key));
        var value = RawText.Decode(entry.Value);
        if (!entries.TryAdd(key, Request.Has(TableFlags.ValueIsFile) ? FileContent.Encode(value) : value))
        {
            Request.Tables.Warn($"{where}: duplicate entry: \"{key}\"");
        }
    }
}
