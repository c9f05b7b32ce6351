using System.Globalization;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Patterns;

/// <summary>The result text of a rule with <c>$1</c>, <c>${1}</c>, <c>$(1)</c> and <c>$$</c>, parsed once.</summary>
internal sealed class ResultTemplate
{
    private readonly List<Part> _parts = [];

    private ResultTemplate()
    {
    }

    public int HighestGroup { get; private set; }

    /// <summary>The text itself when no group is asked for.</summary>
    public string? Constant { get; private set; }

    public static bool TryParse(ReadOnlySpan<byte> text, string outOfRangeWords, out ResultTemplate template, List<string> errors)
    {
        template = new ResultTemplate();
        var literal = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '$')
            {
                literal.Add(text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] == '$')
            {
                literal.Add((byte)'$');
                i++;
            }
            else if (TryReadName(text, ref i, out var name, errors))
            {
                template.AddGroup(literal, name, outOfRangeWords, errors);
            }
            else
            {
                return false;
            }
        }

        template.Finish(literal);
        return errors.Count == 0;
    }

    public string Expand(ReadOnlySpan<byte> subject, ReadOnlySpan<GroupSpan> groups)
    {
        if (Constant != null)
        {
            return Constant;
        }

        var result = new List<byte>(256);
        foreach (var part in _parts)
        {
            result.AddRange(part.Literal);
            if (part.Group > 0 && groups[part.Group] is { Start: >= 0 } span)
            {
                result.AddRange(subject[span.Start..span.End]);
            }
        }

        return RawText.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(result));
    }

    private void AddGroup(List<byte> literal, string name, string outOfRangeWords, List<string> errors)
    {
        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var group))
        {
            errors.Add($"non-numeric replacement index \"{name}\"");
        }
        else if (group < 1)
        {
            errors.Add($"{outOfRangeWords} replacement index \"{name}\"");
        }
        else
        {
            HighestGroup = Math.Max(HighestGroup, group);
            _parts.Add(new Part([.. literal], group));
            literal.Clear();
        }
    }

    private void Finish(List<byte> literal)
    {
        if (_parts.Count == 0)
        {
            Constant = RawText.Decode(literal.ToArray());
        }

        _parts.Add(new Part([.. literal], 0));
    }

    // At the dollar; leaves the position at the reference's last octet.
    private static bool TryReadName(ReadOnlySpan<byte> text, ref int position, out string name, List<string> errors)
    {
        name = "";
        var start = position + 1;
        var end = start;
        if (start < text.Length && text[start] is (byte)'{' or (byte)'(')
        {
            end = text.IndexOfClosing(start);
            if (end < 0)
            {
                errors.Add($"!truncated macro reference: \"{RawText.Decode(text)}\"");
                return false;
            }

            position = end;
            start++;
        }
        else
        {
            while (end < text.Length && (char.IsAsciiLetterOrDigit((char)text[end]) || text[end] == '_'))
            {
                end++;
            }

            position = end - 1;
        }

        name = RawText.Decode(text[start..end]);
        if (name.Length > 0)
        {
            return true;
        }

        errors.Add($"!empty macro name: \"{RawText.Decode(text)}\"");
        return false;
    }

    private readonly record struct Part(byte[] Literal, int Group);
}
