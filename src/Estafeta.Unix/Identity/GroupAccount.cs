namespace Estafeta.Unix.Identity;

/// <summary>A line of the group database, without its members.</summary>
public sealed record GroupAccount(string Name, uint Gid);
