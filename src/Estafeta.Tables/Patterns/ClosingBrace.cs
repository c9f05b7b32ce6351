namespace Estafeta.Tables.Patterns;

internal static class ClosingBrace
{
    /// <summary>Where the brace or parenthesis at <paramref name="open"/> is closed, nested ones of its kind counted; -1 when it is not.</summary>
    public static int IndexOfClosing(this ReadOnlySpan<byte> text, int open)
    {
        var (opening, closing) = (text[open], text[open] == '{' ? (byte)'}' : (byte)')');
        var level = 0;
        for (var i = open; i < text.Length; i++)
        {
            level += text[i] == opening ? 1 : text[i] == closing ? -1 : 0;
            if (level == 0)
            {
                return i;
            }
        }

        return -1;
    }
}
