namespace Estafeta.Services.Cleaning;

/// <summary>What smtpd found out about where a message comes from, for cleanup to write into it: the value of an <see cref="EnvelopeEditKind.Authenticated"/> edit.</summary>
/// <param name="AuthservId">Authentication-Results of this name that came with the message are forged.</param>
/// <param name="Headers">Complete headers to go below our Received; empty for none.</param>
/// <param name="Results">What an ARC set says of the message; empty seals nothing.</param>
/// <param name="ChainStatus">cv= of the set.</param>
/// <param name="IsChainClosed">Nobody adds to the chain any more.</param>
/// <param name="ChainSets">How many sets came.</param>
public sealed record AuthenticationNote(string AuthservId, string Headers, string Results, string ChainStatus, bool IsChainClosed, int ChainSets)
{
    private const char Separator = '\0';

    public string Encode() => string.Join(Separator, AuthservId, Headers, Results, ChainStatus, IsChainClosed ? "closed" : "", ChainSets.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Throws <see cref="FormatException"/> for what <see cref="Encode"/> did not make.</summary>
    public static AuthenticationNote Parse(string value) => value.Split(Separator) is [var id, var headers, var results, var status, var closed, var sets]
        ? new AuthenticationNote(id, headers, results, status, closed.Length > 0, int.Parse(sets, System.Globalization.CultureInfo.InvariantCulture))
        : throw new FormatException("malformed note about a message's authentication");
}
