namespace Estafeta.Commands.Postmap;

/// <summary>The source format of a table: postmap's or postalias's.</summary>
internal interface ITableSource
{
    /// <summary>What stands between key and value in listings.</summary>
    string Separator { get; }

    /// <summary>Reads one logical line; false, and a warning, when it is not an entry.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="place">For warnings.</param>
    /// <param name="key">In the form to be stored, not yet folded.</param>
    /// <param name="value">In the form to be stored.</param>
    bool TryReadEntry(ReadOnlySpan<byte> line, SourcePlace place, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);

    /// <summary>Entries every table of this kind has besides those of the source.</summary>
    IEnumerable<KeyValuePair<string, string>> StandardEntries();
}
