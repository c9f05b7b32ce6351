namespace Estafeta.Unix.Identity;

/// <summary>A line of the group database.</summary>
public sealed record GroupAccount(string Name, uint Gid)
{
    /// <summary>The second field: <c>x</c> where a shadow file is used.</summary>
    public string Password { get; init; } = "x";

    /// <summary>The users listed; those whose primary group it is are not.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];
}
