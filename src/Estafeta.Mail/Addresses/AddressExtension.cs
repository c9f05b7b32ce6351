namespace Estafeta.Mail.Addresses;

/// <summary>
/// Address extensions, <c>user+extension</c> (recipient_delimiter, which may name several characters). Names that are not people,
/// and with a <c>-</c> delimiter the <c>owner-list</c> and <c>list-request</c> names (owner_request_special), have none.
/// </summary>
public sealed class AddressExtension(string delimiters, bool ownerRequestSpecial, string doubleBounceSender = "double-bounce")
{
    public static readonly AddressExtension None = new("", true);

    public bool IsEnabled => delimiters.Length > 0;

    /// <summary>Splits a local part; false when it has no extension. <paramref name="delimiter"/> is the length of <paramref name="user"/>.</summary>
    public bool TrySplit(string localPart, out string user, out string extension)
    {
        user = localPart;
        extension = "";
        var at = Find(localPart);
        if (at < 0)
        {
            return false;
        }

        user = localPart[..at];
        extension = localPart[(at + 1)..];
        return true;
    }

    /// <summary>Splits an address in internal form: <c>user+ext@domain</c> gives <c>user@domain</c> and <c>+ext</c>, delimiter included.</summary>
    public bool TryStrip(string address, out string stripped, out string extension)
    {
        stripped = address;
        extension = "";
        if (delimiters.Length == 0)
        {
            return false;
        }

        var domain = address.LastIndexOf('@');
        var end = domain < 0 ? address.Length : domain;
        var at = Find(address.AsSpan(0, end));
        if (at < 0)
        {
            return false;
        }

        stripped = string.Concat(address.AsSpan(0, at), address.AsSpan(end));
        extension = address[at..end];
        return true;
    }

    private int Find(ReadOnlySpan<char> localPart)
    {
        if (delimiters.Length == 0)
        {
            return -1;
        }

        var at = localPart.IndexOfAny(delimiters);
        if (at <= 0 || IsReserved(localPart))
        {
            return -1;
        }

        return at;
    }

    private bool IsReserved(ReadOnlySpan<char> localPart)
    {
        if (localPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase)
            || localPart.Equals("mailer-daemon", StringComparison.OrdinalIgnoreCase)
            || localPart.Equals(doubleBounceSender, StringComparison.OrdinalIgnoreCase))
        {
            return true;
        }

        return delimiters.Contains('-', StringComparison.Ordinal) && ownerRequestSpecial
            && (localPart.StartsWith("owner-", StringComparison.OrdinalIgnoreCase)
                || localPart.EndsWith("-request", StringComparison.OrdinalIgnoreCase));
    }
}
