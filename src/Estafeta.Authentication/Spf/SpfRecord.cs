using System.Net;

namespace Estafeta.Authentication.Spf;

/// <summary>A record as written: its directives in order, and its modifiers (RFC 7208 §4.6). Made by <see cref="SpfRecordParser"/>.</summary>
internal sealed record SpfRecord(IReadOnlyList<SpfDirective> Directives)
{
    public SpfMacroString? Redirect { get; init; }

    public SpfMacroString? Explanation { get; init; }
}

internal enum SpfMechanism
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <param name="Result">What a match means.</param>
/// <param name="Mechanism">What is matched.</param>
/// <param name="Text">As written, for reasons.</param>
internal sealed record SpfDirective(SpfResult Result, SpfMechanism Mechanism, string Text)
{
    /// <summary>Null: the current domain.</summary>
    public SpfMacroString? Domain { get; init; }

    /// <summary>ip4 and ip6.</summary>
    public IPAddress? Address { get; init; }

    public int Prefix4 { get; init; } = 32;

    public int Prefix6 { get; init; } = 128;
}
