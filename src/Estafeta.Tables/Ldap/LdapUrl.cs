namespace Estafeta.Tables.Ldap;

/// <summary>RFC 4516: <c>ldap://host/base?attributes?scope?filter</c>. The host is not used: searches go to the table's own server, as in Postfix.</summary>
internal sealed record LdapUrl(string Base, IReadOnlyList<string> Attributes, LdapScope Scope, string Filter)
{
    public static bool TryParse(string text, out LdapUrl url)
    {
        url = new LdapUrl("", [], LdapScope.Base, "(objectClass=*)");
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        if (scheme < 0 || text[..scheme].ToLowerInvariant() is not ("ldap" or "ldaps" or "ldapi"))
        {
            return false;
        }

        var slash = text.IndexOf('/', scheme + 3);
        var parts = (slash < 0 ? "" : text[(slash + 1)..]).Split('?');
        var attributes = Part(1);
        url = new LdapUrl(
            Part(0),
            attributes.Length == 0 ? [] : attributes.Split(','),
            Part(2).ToLowerInvariant() switch
            {
                "one" => LdapScope.One,
                "sub" => LdapScope.Sub,
                _ => LdapScope.Base,
            },
            Part(3).Length > 0 ? Part(3) : url.Filter);
        return true;

        string Part(int index) => index < parts.Length ? Uri.UnescapeDataString(parts[index]) : "";
    }
}
