namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// In queue form every line end is a LF, so each CR that is left is a stray one. It becomes a space before anything else looks at the
/// content (cleanup_replace_stray_cr_lf), so that no peer can take it for a line end (RFC 5321 §2.3.8).
/// </summary>
internal static class StrayCarriageReturn
{
    public static bool IsIn(ReadOnlySpan<byte> octets) => octets.Contains((byte)'\r');

    public static void Replace(Span<byte> octets)
    {
        int at;
        while ((at = octets.IndexOf((byte)'\r')) >= 0)
        {
            octets[at] = (byte)' ';
            octets = octets[(at + 1)..];
        }
    }
}
