using Estafeta.Configuration.Catalogue;
using Estafeta.Tables;
using Estafeta.Tables.Text;

namespace Estafeta.Services.ContentChecks;

/// <summary>One of header_checks, mime_header_checks, nested_header_checks, body_checks and their like: lines in, actions out.</summary>
public sealed class ContentTable
{
    private readonly MapList _maps;
    private readonly ContentActionParser _parser;

    private ContentTable(MapList maps, Action<string> warn, bool isForDelivery)
    {
        _maps = maps;
        _parser = new ContentActionParser(maps.ParameterName, warn, isForDelivery);
    }

    public bool IsEmpty => _maps.IsEmpty;

    public string Name => _maps.ParameterName;

    public static ContentTable Open(StringParameter parameter, TableSet tables, Action<string> warn) =>
        // Content is matched as octets: it need not be UTF-8.
        new(tables.OpenList(parameter.Name, tables.Parameters.Get(parameter), TableFlags.None), warn, isForDelivery: false);

    /// <summary>A table of smtp_header_checks and their like, whose actions are about lines only.</summary>
    public static ContentTable OpenForDelivery(string parameterName, string list, TableSet tables, Action<string> warn) =>
        new(tables.OpenList(parameterName, list, TableFlags.None), warn, isForDelivery: true);

    /// <param name="text">A header with its folds and without its last line end, or a line of body.</param>
    /// <param name="isHeader">Which of the two.</param>
    /// <returns>Null when a table is in trouble.</returns>
    public async ValueTask<ContentAction?> FindAsync(ReadOnlyMemory<byte> text, bool isHeader, CancellationToken cancellationToken)
    {
        var result = await _maps.LookupAsync(RawText.Decode(text.Span), cancellationToken);
        return result.Outcome switch
        {
            LookupOutcome.Found => _parser.Parse(result.Value!, isHeader),
            LookupOutcome.NotFound => ContentAction.None,
            _ => null,
        };
    }
}
