using Estafeta.Tables.Cidr;

namespace Estafeta.Tables.MatchLists;

/// <summary>One word of a match list. Exactly one of table and trouble may be set; a network is set beside the text when the text is one.</summary>
internal sealed record MatchPattern(string Text, bool IsNegated)
{
    /// <summary>The table of a <c>type:name</c> word.</summary>
    public MapList? Table { get; init; }

    /// <summary>The address or network that the text spells, for lists of clients.</summary>
    public CidrPattern? Network { get; init; }

    /// <summary>Why nobody can say whether anything matches: the file cannot be read, or the network is malformed.</summary>
    public string? Trouble { get; init; }
}
