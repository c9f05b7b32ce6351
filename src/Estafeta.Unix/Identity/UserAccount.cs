namespace Estafeta.Unix.Identity;

/// <summary>A line of the passwd database.</summary>
public sealed record UserAccount(string Name, uint Uid, uint Gid)
{
    public string FullName { get; init; } = "";

    public string HomeDirectory { get; init; } = "/";

    public string Shell { get; init; } = "";
}
