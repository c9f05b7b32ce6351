using Estafeta.Configuration.Files;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Patterns;

/// <summary>
/// Reads the rules common to regexp_table(5) and pcre_table(5): <c>[!]/pattern/flags result</c>, <c>if [!]/pattern/flags</c>, <c>endif</c>.
/// A rule in error is skipped with Postfix's warning; the others stay in force.
/// </summary>
internal sealed class PatternRuleReader(TableRequest request, PatternSyntax syntax)
{
    private readonly List<PatternRule> _rules = [];
    private readonly Stack<PatternRule> _openIfs = new();
    private int _line;

    public PatternRule[] Read(byte[] text)
    {
        var reader = new LogicalLines<byte>(text);
        while (reader.TryRead(out var line))
        {
            _line = reader.LastLine;
            var rule = SourceEntry.TrimEnd(line);
            if (!rule.IsEmpty && ReadRule(rule) is { } read)
            {
                Add(read);
            }
        }

        foreach (var open in _openIfs)
        {
            request.Tables.Warn($"{request.Type} map {request.Source}, line {open.Line}: IF has no matching ENDIF");
            open.Next = _rules.Count;
        }

        return [.. _rules];
    }

    private void Add(PatternRule rule)
    {
        _rules.Add(rule);
        if (rule.Kind == PatternRuleKind.If)
        {
            _openIfs.Push(rule);
        }
        else if (rule.Kind == PatternRuleKind.EndIf)
        {
            _openIfs.Pop().Next = _rules.Count;
        }
    }

    private PatternRule? ReadRule(ReadOnlySpan<byte> rule)
    {
        if (!char.IsAsciiLetterOrDigit((char)rule[0]))
        {
            return ReadMatch(rule);
        }

        if (IsWord(rule, "if"))
        {
            return ReadIf(rule[2..]);
        }

        if (IsWord(rule, "endif"))
        {
            return ReadEndIf(rule[5..]);
        }

        Warn("ignoring unrecognized request");
        return null;
    }

    private PatternRule? ReadMatch(ReadOnlySpan<byte> rule)
    {
        if (!TryReadPattern(ref rule, out var pattern))
        {
            return null;
        }

        var text = SourceEntry.TrimStart(rule);
        if (text.IsEmpty)
        {
            Warn("no replacement text: using empty string");
        }

        var errors = new List<string>();
        if (!ResultTemplate.TryParse(text, syntax.OutOfRangeWords, out var template, errors))
        {
            foreach (var error in errors)
            {
                WarnOfTemplate(error);
            }

            Warn("bad replacement syntax: skipping this rule");
            return null;
        }

        if (template.HighestGroup > 0 && pattern.IsNegated)
        {
            Warn("$number found in negative match replacement text: skipping this rule");
            return null;
        }

        if (template.HighestGroup > 0 && request.Has(TableFlags.NoSubstitution))
        {
            Warn("regular expression substitution is not allowed: skipping this rule");
            return null;
        }

        return Compile(pattern, template, PatternRuleKind.Match);
    }

    private PatternRule? ReadIf(ReadOnlySpan<byte> rule)
    {
        rule = SourceEntry.TrimStart(rule);
        if (!TryReadPattern(ref rule, out var pattern))
        {
            return null;
        }

        var extra = SourceEntry.TrimStart(rule);
        if (!extra.IsEmpty)
        {
            Warn($"ignoring extra text after IF statement: \"{RawText.Decode(extra)}\"");
            Warn("do not prepend whitespace to statements between IF and ENDIF");
        }

        return Compile(pattern, null, PatternRuleKind.If);
    }

    private PatternRule? ReadEndIf(ReadOnlySpan<byte> rule)
    {
        if (_openIfs.Count == 0)
        {
            Warn("ignoring ENDIF without matching IF");
            return null;
        }

        if (!SourceEntry.TrimStart(rule).IsEmpty)
        {
            Warn("ignoring extra text after ENDIF");
        }

        return new PatternRule { Kind = PatternRuleKind.EndIf, Line = _line };
    }

    private PatternRule? Compile(in PatternSource pattern, ResultTemplate? result, PatternRuleKind kind)
    {
        var compiled = syntax.Compile(pattern.Text, pattern.Options, result?.HighestGroup > 0, _line, out var error);
        if (compiled == null)
        {
            Warn(error);
            return null;
        }

        if (result?.HighestGroup > compiled.GroupCount)
        {
            Warn($"out of range replacement index \"{result.HighestGroup}\": skipping this rule");
            return null;
        }

        return new PatternRule { Kind = kind, Line = _line, Pattern = compiled, IsNegated = pattern.IsNegated, Result = result };
    }

    private bool TryReadPattern(ref ReadOnlySpan<byte> rule, out PatternSource pattern)
    {
        pattern = default;
        var isNegated = false;
        while (!rule.IsEmpty && rule[0] == '!')
        {
            isNegated = !isNegated;
            rule = SourceEntry.TrimStart(rule[1..]);
        }

        if (rule.IsEmpty)
        {
            Warn("no regexp: skipping this rule");
            return false;
        }

        var end = FindDelimiter(rule);
        if (end < 0)
        {
            Warn($"no closing regexp delimiter \"{(char)rule[0]}\": {syntax.UnclosedWords}");
            return false;
        }

        var text = rule[1..end];
        rule = rule[(end + 1)..];
        var options = syntax.DefaultOptions;
        for (; !rule.IsEmpty && !LogicalLineReader.IsSpace(rule[0]); rule = rule[1..])
        {
            if (!syntax.TryToggle((char)rule[0], ref options))
            {
                Warn($"unknown regexp option \"{(char)rule[0]}\": skipping this rule");
                return false;
            }
        }

        pattern = new PatternSource(text.ToArray(), options, isNegated);
        return true;
    }

    private static int FindDelimiter(ReadOnlySpan<byte> rule)
    {
        for (var i = 1; i < rule.Length; i++)
        {
            if (rule[i] == '\\' && i + 1 < rule.Length)
            {
                i++;
            }
            else if (rule[i] == rule[0])
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsWord(ReadOnlySpan<byte> rule, string word) =>
        rule.Length >= word.Length
        && System.Text.Ascii.EqualsIgnoreCase(rule[..word.Length], word)
        && (rule.Length == word.Length || !char.IsAsciiLetterOrDigit((char)rule[word.Length]));

    // Errors of the macro parser itself come without the map's name.
    private void WarnOfTemplate(string error)
    {
        if (error.StartsWith('!'))
        {
            request.Tables.Warn(error[1..]);
        }
        else
        {
            Warn(error);
        }
    }

    private void Warn(string text) => request.Tables.Warn($"{request.Type} map {request.Source}, line {_line}: {text}");

    private readonly record struct PatternSource(byte[] Text, uint Options, bool IsNegated);
}
