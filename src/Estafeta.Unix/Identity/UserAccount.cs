namespace Estafeta.Unix.Identity;

/// <summary>A line of the passwd database.</summary>
public sealed record UserAccount(string Name, uint Uid, uint Gid)
{
    /// <summary>The second field: <c>x</c> where a shadow file is used.</summary>
    public string Password { get; init; } = "x";

    public string FullName { get; init; } = "";

    public string HomeDirectory { get; init; } = "/";

    public string Shell { get; init; } = "";
}
