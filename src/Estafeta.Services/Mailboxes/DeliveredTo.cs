using System.Text;
using Estafeta.Mail.Addresses;

namespace Estafeta.Services.Mailboxes;

/// <summary>Finds out from the Delivered-To headers whether a message has been at a recipient before: then it runs in circles.</summary>
public static class DeliveredTo
{
    private static readonly byte[] Name = "Delivered-To:"u8.ToArray();

    /// <param name="head">Header section, lines end in LF.</param>
    /// <param name="address">Internal form; compared without regard to case.</param>
    public static bool Contains(ReadOnlySpan<byte> head, string address)
    {
        var quoted = LocalPart.Quote(address);
        while (!head.IsEmpty)
        {
            var end = head.IndexOf((byte)'\n');
            var line = end < 0 ? head : head[..end];
            head = end < 0 ? default : head[(end + 1)..];
            if (line.Length > Name.Length && Ascii.EqualsIgnoreCase(line[..Name.Length], Name)
                && Encoding.UTF8.GetString(line[Name.Length..]).Trim().Equals(quoted, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
