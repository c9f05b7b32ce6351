using System.Text;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// Guards the seam between our own header lines and the client's content. A first line that starts with white space would
/// continue our Received header: an empty line goes before it. mbox separators (<c>From </c>, also behind <c>&gt;</c>) at the top
/// would be taken for the end of the header: they become <c>X-Mailbox-Line:</c>. As Postfix does; nearly all mail passes unchanged
/// after a look at its first octet.
/// </summary>
public sealed class TopOfContent
{
    /// <summary>Octets the caller keeps free so that the look never has to split a read.</summary>
    public const int Headroom = 64;

    /// <summary>Longest run of <c>&gt;</c> before <c>From </c> that is taken for a quoted separator.</summary>
    private const int QuoteLimit = 32;

    private static readonly byte[] Label = "X-Mailbox-Line: "u8.ToArray();
    private readonly List<byte> _held = [];
    private bool _inSeparator;

    public bool IsPassed { get; private set; }

    /// <summary>True when the octets can stay as they are, which ends the watch.</summary>
    public bool TryPassUnchanged(ReadOnlySpan<byte> octets)
    {
        if (_held.Count > 0 || _inSeparator || octets.IsEmpty || octets[0] is (byte)'>' or (byte)' ' or (byte)'\t' || MayBeSeparator(octets))
        {
            return false;
        }

        IsPassed = true;
        return true;
    }

    /// <summary>The octets with separators relabelled; what cannot be told yet is held back until the next call or the end.</summary>
    public byte[] Rewrite(ReadOnlySpan<byte> octets)
    {
        var output = new List<byte>(octets.Length + 64);
        while (!octets.IsEmpty && !IsPassed)
        {
            if (_inSeparator)
            {
                var end = octets.IndexOf((byte)'\n');
                var length = end < 0 ? octets.Length : end + 1;
                output.AddRange(octets[..length]);
                octets = octets[length..];
                _inSeparator = end < 0;
                continue;
            }

            _held.Add(octets[0]);
            octets = octets[1..];
            Judge(output);
        }

        output.AddRange(octets);
        return [.. output];
    }

    /// <summary>The content ends: what was held is all there is.</summary>
    public byte[] End()
    {
        IsPassed = true;
        byte[] rest = [.. _held];
        _held.Clear();
        return rest;
    }

    private static bool MayBeSeparator(ReadOnlySpan<byte> octets)
    {
        var length = Math.Min(octets.Length, "From ".Length);
        return Ascii.EqualsIgnoreCase(octets[..length], "From "u8[..length]);
    }

    private void Judge(List<byte> output)
    {
        if (_held[0] is (byte)' ' or (byte)'\t')
        {
            output.Add((byte)'\n');
            Pass(output);
            return;
        }

        var quotes = 0;
        while (quotes < _held.Count && _held[quotes] == (byte)'>')
        {
            quotes++;
        }

        var word = Encoding.ASCII.GetString([.. _held], quotes, _held.Count - quotes);
        if (quotes > QuoteLimit || !"From ".StartsWith(word, StringComparison.OrdinalIgnoreCase))
        {
            Pass(output);
        }
        else if (word.Length == 5)
        {
            output.AddRange(Label);
            output.AddRange(_held);
            _held.Clear();
            _inSeparator = true;
        }
    }

    private void Pass(List<byte> output)
    {
        output.AddRange(_held);
        _held.Clear();
        IsPassed = true;
    }
}
