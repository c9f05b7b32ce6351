namespace Estafeta.Tables.Ldap;

internal enum LdapScope
{
    Base = 0,
    One = 1,
    Sub = 2,
}

/// <summary>What is asked of the server.</summary>
internal sealed record LdapQuery(string Base, LdapScope Scope, string Filter, IReadOnlyList<string> Attributes, int SizeLimit);

/// <summary>An entry of the directory, with the attributes that were asked for in the server's order.</summary>
/// <param name="Name">Its distinguished name.</param>
internal sealed record LdapEntry(string Name, IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Attributes);

/// <summary>The entries found, or why there is no answer.</summary>
internal sealed record LdapReply(IReadOnlyList<LdapEntry> Entries, string? Error)
{
    /// <summary>The entry to search from does not exist.</summary>
    public bool HasNoBase { get; init; }

    public static LdapReply Failed(string error) => new([], error);
}

/// <summary>A search waiting for its turn or its answer.</summary>
internal sealed class LdapSearch(LdapQuery query)
{
    public LdapQuery Query => query;

    /// <summary>How often it was sent.</summary>
    public int Attempts { get; set; }

    /// <summary>Time stamp of the last sending.</summary>
    public long SentAt { get; set; }

    public TaskCompletionSource<LdapReply> Completion { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
