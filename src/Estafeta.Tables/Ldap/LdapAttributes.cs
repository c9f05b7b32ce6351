using Estafeta.Configuration.Lists;
using Estafeta.Tables.Sources;

namespace Estafeta.Tables.Ldap;

internal enum LdapAttributeKind
{
    /// <summary>Always a result.</summary>
    Result,

    /// <summary>Holds names or URLs of entries to look at.</summary>
    Special,

    /// <summary>A result of entries that refer to no others.</summary>
    Leaf,

    /// <summary>When an entry has one, it alone is its result.</summary>
    Terminal,
}

/// <summary>The attributes of ldap_table(5), by what they are for.</summary>
internal sealed class LdapAttributes
{
    private readonly Dictionary<string, LdapAttributeKind> _kinds = new(StringComparer.OrdinalIgnoreCase);

    public LdapAttributes(TableParameters parameters)
    {
        Add(parameters.Get("result_attribute", "maildrop"), LdapAttributeKind.Result);
        Add(parameters.Get("special_result_attribute", ""), LdapAttributeKind.Special);
        Add(parameters.Get("terminal_result_attribute", ""), LdapAttributeKind.Terminal);
        Add(parameters.Get("leaf_result_attribute", ""), LdapAttributeKind.Leaf);
    }

    /// <summary>All names, to ask the server for.</summary>
    public IReadOnlyList<string> Names => [.. _kinds.Keys];

    /// <summary>What a name that the server sends is for; attribute options (<c>;lang-en</c>) do not count.</summary>
    public bool TryGetKind(string name, out LdapAttributeKind kind)
    {
        if (_kinds.TryGetValue(name, out kind))
        {
            return true;
        }

        var option = name.IndexOf(';');
        return option > 0 && _kinds.TryGetValue(name[..option], out kind);
    }

    /// <summary>Those of a URL's attributes that the table knows; all of the table's when the URL names none.</summary>
    public IReadOnlyList<string> Select(IReadOnlyList<string> wanted) =>
        wanted.Count == 0 || wanted.Contains("*") ? Names : [.. wanted.Where(name => TryGetKind(name, out _))];

    private void Add(string list, LdapAttributeKind kind)
    {
        foreach (var name in WordList.Split(list))
        {
            // In more than one list: the first says what it is for.
            _kinds.TryAdd(name, kind);
        }
    }
}
