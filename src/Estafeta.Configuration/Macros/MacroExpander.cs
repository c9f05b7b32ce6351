using System.Text;

namespace Estafeta.Configuration.Macros;

/// <summary>
/// Postfix's macro language (postconf(5), "main.cf configuration file format"), for main.cf values, reply templates and command lines:
/// <c>$name</c>, <c>$(name)</c>, <c>${name}</c>, <c>${name?yes}</c>, <c>${name:no}</c>, <c>${name?{yes}:{no}}</c>,
/// <c>${{a} == {b} ? {yes} : {no}}</c>, <c>${function{text}}</c>, <c>$$</c> for a dollar.
/// A name without a value expands to nothing; <c>?</c> and <c>:</c> ask whether the unexpanded value is empty.
/// Not thread-safe; cheap to make.
/// </summary>
/// <param name="lookup">The value of a name, or null when there is none.</param>
/// <param name="options">What to do with values.</param>
public sealed class MacroExpander(Func<string, string?> lookup, MacroOptions options)
{
    // Deeper than any real configuration; a name that refers to itself ends here.
    private const int MaximumNesting = 100;

    private int _nesting;

    /// <exception cref="MacroException">Bad syntax, or nesting without end.</exception>
    public static string Expand(string text, Func<string, string?> lookup, MacroOptions options) =>
        text.Contains('$', StringComparison.Ordinal) ? new MacroExpander(lookup, options).Expand(text) : text;

    public string Expand(string text)
    {
        var output = new StringBuilder(text.Length + 64);
        Append(text, output);
        return output.ToString();
    }

    private void Append(string text, StringBuilder output)
    {
        var at = 0;
        while (at < text.Length)
        {
            var dollar = text.IndexOf('$', at);
            var literalEnd = dollar < 0 ? text.Length : dollar;
            if (literalEnd > at)
            {
                CheckNesting(text, at, literalEnd);
                output.Append(text, at, literalEnd - at);
            }

            if (dollar < 0)
            {
                return;
            }

            at = dollar + 1;
            if (at < text.Length && text[at] == '$')
            {
                output.Append('$');
                at++;
                continue;
            }

            var inner = Reference(text, ref at);
            Evaluate(inner, output);
        }
    }

    private static string Reference(string text, ref int at)
    {
        int start, end;
        if (at < text.Length && text[at] is '{' or '(')
        {
            var after = MacroText.AfterClose(text, at);
            if (after < 0)
            {
                throw new MacroException($"truncated macro reference: \"{text}\"");
            }

            (start, end, at) = (at + 1, after - 1, after);
        }
        else
        {
            start = at;
            end = at = MacroText.SkipName(text, at);
        }

        return end > start ? text[start..end] : throw new MacroException($"empty macro name: \"{text}\"");
    }

    private void Evaluate(string inner, StringBuilder output)
    {
        CheckNesting(inner, 0, inner.Length);
        _nesting++;
        var start = MacroText.SkipSpace(inner, 0);
        if (start < inner.Length && inner[start] == '{')
        {
            Comparison(inner, start, output);
        }
        else
        {
            Named(inner, start, output);
        }

        _nesting--;
    }

    private void CheckNesting(string text, int from, int to)
    {
        if (_nesting >= MaximumNesting)
        {
            throw new MacroException($"unreasonable macro call nesting: \"{text[from..to]}\"");
        }
    }

    private void Comparison(string inner, int at, StringBuilder output)
    {
        var left = MacroText.Payload(inner, ref at);
        var (op, comparesLevels) = MacroComparison.Read(inner, left, ref at);
        var rightStart = MacroText.SkipSpace(inner, at);
        if (rightStart == inner.Length || inner[rightStart] != '{')
        {
            throw new MacroException($"\"{{expression}}\" expected at: \"...{{{left}}} {op}>>>{MacroText.Shown(inner, at)}\"");
        }

        at = rightStart;
        var right = MacroText.Payload(inner, ref at);
        (left, right) = (Nested(left), Nested(right));
        var value = !options.AllBranches && MacroComparison.Holds(left, op, comparesLevels, right) ? MacroComparison.True : "";
        if (at == inner.Length)
        {
            output.Append(value);
        }
        else if (inner[at] is '?' or ':')
        {
            Conditional(inner, at, value.Length > 0, output);
        }
        else
        {
            throw new MacroException($"\"?\" or \":\" expected at: \"...}}>>>{MacroText.Shown(inner, at)}\"");
        }
    }

    private void Named(string inner, int start, StringBuilder output)
    {
        var nameEnd = MacroText.SkipName(inner, start);
        var name = inner[start..nameEnd];
        if (nameEnd < inner.Length && inner[nameEnd] == '{' && MacroFunctions.Exists(name))
        {
            Function(inner, name, nameEnd, output);
            return;
        }

        var at = MacroText.SkipSpace(inner, nameEnd);
        if (at < inner.Length && inner[at] is not ('?' or ':'))
        {
            throw new MacroException($"attribute name syntax error at: \"...{inner[..nameEnd]}>>>{MacroText.Shown(inner, nameEnd)}\"");
        }

        var value = lookup(name);
        if (at < inner.Length)
        {
            Conditional(inner, at, !string.IsNullOrEmpty(value), output);
        }
        else if (!string.IsNullOrEmpty(value))
        {
            Value(value, output);
        }
    }

    private void Function(string inner, string name, int at, StringBuilder output)
    {
        var argument = Nested(MacroText.Payload(inner, ref at));
        if (at < inner.Length)
        {
            throw new MacroException($"unexpected input at: \"...{argument}}}>>>{MacroText.Shown(inner, at)}\"");
        }

        if (!options.AllBranches)
        {
            output.Append(MacroFunctions.Call(name, argument));
        }
    }

    /// <summary>What follows a name or comparison: <c>?yes</c>, <c>:no</c>, <c>?{yes}</c>, <c>:{no}</c>, <c>?{yes}:{no}</c>, <c>?{yes}:no</c>.</summary>
    private void Conditional(string inner, int at, bool condition, StringBuilder output)
    {
        var whenTrue = inner[at] == '?';
        var branch = Branch(inner, at + 1, whenTrue, out at);
        if (options.AllBranches || condition == whenTrue)
        {
            Append(branch, output);
        }

        if (at == inner.Length)
        {
            return;
        }

        var otherwise = Branch(inner, at + 1, whenTrue: false, out _);
        if (options.AllBranches || !condition)
        {
            Append(otherwise, output);
        }
    }

    // Without braces a branch is all that is left, blanks included.
    private static string Branch(string inner, int at, bool whenTrue, out int end)
    {
        var brace = MacroText.SkipSpace(inner, at);
        if (brace == inner.Length || inner[brace] != '{')
        {
            end = inner.Length;
            return inner[at..];
        }

        end = brace;
        var branch = MacroText.Payload(inner, ref end);
        if (end < inner.Length && !(whenTrue && inner[end] == ':'))
        {
            var expected = whenTrue ? "\":\" expected" : "unexpected input";
            throw new MacroException($"{expected} at: \"...{branch}}}>>>{MacroText.Shown(inner, end)}\"");
        }

        return branch;
    }

    private string Nested(string text)
    {
        if (!text.Contains('$', StringComparison.Ordinal))
        {
            return text;
        }

        var output = new StringBuilder();
        Append(text, output);
        return output.ToString();
    }

    private void Value(string value, StringBuilder output)
    {
        if (options.ExpandValues && value.Contains('$', StringComparison.Ordinal))
        {
            Append(value, output);
            return;
        }

        if (options.AllowedCharacters is not { } allowed)
        {
            output.Append(value);
            return;
        }

        foreach (var c in value)
        {
            output.Append(allowed.Contains(c, StringComparison.Ordinal) ? c : '_');
        }
    }
}
