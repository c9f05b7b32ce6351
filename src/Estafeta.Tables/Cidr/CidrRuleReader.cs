using Estafeta.Configuration.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Cidr;

/// <summary>Reads cidr_table(5): <c>[!]pattern result</c>, <c>if [!]pattern</c>, <c>endif</c>. A rule in error is skipped with Postfix's warning.</summary>
internal sealed class CidrRuleReader(TableRequest request)
{
    private readonly List<CidrRule> _rules = [];
    private readonly Stack<int> _openIfs = new();
    private int _line;

    public List<CidrRule> Read(byte[] text)
    {
        var reader = new LogicalLines<byte>(text);
        while (reader.TryRead(out var line))
        {
            _line = reader.LastLine;
            ReadRule(RawText.Decode(SourceEntry.Trim(line)));
        }

        foreach (var line in _openIfs)
        {
            request.Tables.Warn($"cidr map {request.Source}, line {line}: IF has no matching ENDIF");
        }

        return _rules;
    }

    private void ReadRule(string rule)
    {
        if (IsWord(rule, "IF"))
        {
            ReadIf(rule[2..].TrimStart());
        }
        else if (IsWord(rule, "ENDIF"))
        {
            ReadEndIf(rule[5..].TrimStart());
        }
        else if (TryReadPattern(rule, out var pattern, out var isNegated, out var rest))
        {
            if (rest.Length == 0)
            {
                Warn("no lookup result");
                return;
            }

            var result = request.Has(TableFlags.ValueIsFile) ? Files.FileContent.Encode(rest) : rest;
            _rules.Add(new CidrRule { Kind = CidrRuleKind.Match, Line = _line, Pattern = pattern, IsNegated = isNegated, Result = result });
        }
    }

    private void ReadIf(string rule)
    {
        var isNegated = SkipNegation(ref rule);
        if (!TryParsePattern(rule, out var pattern))
        {
            return;
        }

        _openIfs.Push(_line);
        _rules.Add(new CidrRule { Kind = CidrRuleKind.If, Line = _line, Pattern = pattern, IsNegated = isNegated });
    }

    private void ReadEndIf(string rest)
    {
        if (rest.Length > 0)
        {
            Warn("garbage after ENDIF");
        }
        else if (!_openIfs.TryPop(out _))
        {
            Warn("ENDIF without IF");
        }
        else
        {
            _rules.Add(new CidrRule { Kind = CidrRuleKind.EndIf, Line = _line });
        }
    }

    private bool TryReadPattern(string rule, out CidrPattern pattern, out bool isNegated, out string rest)
    {
        isNegated = SkipNegation(ref rule);
        var end = 0;
        while (end < rule.Length && !char.IsWhiteSpace(rule[end]))
        {
            end++;
        }

        rest = rule[end..].TrimStart();
        return TryParsePattern(rule[..end], out pattern);
    }

    private bool TryParsePattern(string text, out CidrPattern pattern)
    {
        pattern = default;
        var error = "no address pattern";
        if (text.Length > 0 && CidrPattern.TryParse(text, out pattern, out error))
        {
            return true;
        }

        Warn(error);
        return false;
    }

    private static bool SkipNegation(ref string rule)
    {
        var isNegated = false;
        while (rule.StartsWith('!'))
        {
            isNegated = !isNegated;
            rule = rule[1..].TrimStart();
        }

        return isNegated;
    }

    private static bool IsWord(string rule, string word) =>
        rule.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        && (rule.Length == word.Length || !char.IsAsciiLetterOrDigit(rule[word.Length]));

    private void Warn(string text) => request.Tables.Warn($"cidr map {request.Source}, line {_line}: {text}: skipping this rule");
}
