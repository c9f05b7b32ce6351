namespace Estafeta.Unix.Identity;

/// <summary>Whom a command runs as, and where. Supplementary groups are the group alone: local(8) and pipe(8) enable no others.</summary>
public sealed record CommandIdentity(uint Uid, uint Gid)
{
    /// <summary>Root directory of the command, entered before the identity is taken; null for ours.</summary>
    public string? Root { get; init; }

    /// <summary>Working directory, entered as the user; null for ours.</summary>
    public string? Directory { get; init; }
}
