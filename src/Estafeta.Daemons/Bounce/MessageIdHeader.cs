using System.Text;
using Estafeta.Mail.Dsn;

namespace Estafeta.Daemons.Bounce;

/// <summary>The Message-ID of a header section, for enable_threaded_bounces.</summary>
internal static class MessageIdHeader
{
    private static ReadOnlySpan<byte> Name => "message-id"u8;

    /// <summary>The header's value; null when there is none that fits a line.</summary>
    public static string? Find(ReadOnlySpan<byte> head)
    {
        while (head.Length > 0)
        {
            var end = head.IndexOf((byte)'\n');
            var line = end < 0 ? head : head[..end];
            var colon = line.IndexOf((byte)':');
            if (colon >= Name.Length && Ascii.EqualsIgnoreCase(line[..colon].TrimEnd(" \t"u8), Name))
            {
                var value = Encoding.UTF8.GetString(line[(colon + 1)..]).Trim();
                return value.StartsWith('<') && value.EndsWith('>') ? FoldedText.Printable(value) : null;
            }

            head = end < 0 ? default : head[(end + 1)..];
        }

        return null;
    }
}
