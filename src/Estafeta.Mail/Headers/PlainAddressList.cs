using System.Buffers;

namespace Estafeta.Mail.Headers;

/// <summary>
/// Knows the address headers most mail has, <c>Some Name &lt;user@example.com&gt;, other@example.com</c>, without taking them apart: every address is one
/// dot-string, <c>@</c> and a domain of several labels, so that completing addresses changes nothing in them.
/// </summary>
public static class PlainAddressList
{
    private static readonly SearchValues<byte> DomainOctets = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-."u8);
    private static readonly SearchValues<byte> LocalOctets = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._+"u8);
    private static readonly SearchValues<byte> PhraseOctets = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_ "u8);

    /// <summary>False means only that it takes more than a glance.</summary>
    public static bool IsPlain(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            var comma = value.IndexOf((byte)',');
            if (!IsMailbox((comma < 0 ? value : value[..comma]).Trim(" \t\n"u8)))
            {
                return false;
            }

            if (comma < 0)
            {
                return true;
            }

            value = value[(comma + 1)..];
        }
    }

    private static bool IsMailbox(ReadOnlySpan<byte> mailbox)
    {
        var angle = mailbox.IndexOf((byte)'<');
        if (angle < 0)
        {
            return IsAddress(mailbox);
        }

        return mailbox[^1] == (byte)'>' && !mailbox[..angle].ContainsAnyExcept(PhraseOctets) && IsAddress(mailbox[(angle + 1)..^1]);
    }

    private static bool IsAddress(ReadOnlySpan<byte> address)
    {
        var at = address.IndexOf((byte)'@');
        return at > 0 && IsDotted(address[..at], LocalOctets) && address[at..].Contains((byte)'.') && IsDotted(address[(at + 1)..], DomainOctets);
    }

    private static bool IsDotted(ReadOnlySpan<byte> text, SearchValues<byte> allowed) =>
        text.Length > 0 && text[0] != (byte)'.' && text[^1] != (byte)'.' && !text.ContainsAnyExcept(allowed) && text.IndexOf(".."u8) < 0;
}
