namespace Estafeta.Authentication;

/// <summary>What is checked. DMARC needs SPF and DKIM, and brings them.</summary>
public sealed record AuthenticationMethods(bool Spf, bool Dkim, bool Dmarc, bool Arc)
{
    public static readonly AuthenticationMethods All = new(true, true, true, true);

    /// <summary>Signatures of a part of the body pass.</summary>
    public bool AllowsPartialBody { get; init; }

    public bool ChecksSpf => Spf || Dmarc;

    public bool ChecksDkim => Dkim || Dmarc;

    public bool IsNone => !(Spf || Dkim || Dmarc || Arc);
}
