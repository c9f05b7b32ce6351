namespace Estafeta.Daemons.Smtp;

/// <summary>The servers of a destination in the order to try them, or why there are none.</summary>
internal readonly record struct ServerLookup(IReadOnlyList<ServerAddress> Servers, SessionFailure? Failure)
{
    /// <summary>The destination's servers end at ourselves: trying elsewhere would loop too.</summary>
    public bool IsLoop { get; init; }

    /// <summary>The domain the MX records belong to (after CNAME) and whether they are validated, for DANE.</summary>
    public string MxDomain { get; init; } = "";

    public bool IsMxAuthentic { get; init; }

    public static ServerLookup Failed(SessionFailure failure) => new([], failure);
}
