using System.Text;
using Estafeta.Configuration;

namespace Estafeta.Daemons.Bounce;

/// <summary>
/// bounce(5): <c>name = &lt;&lt;EOF</c>, template headers, an empty line, the text, <c>EOF</c>. Outside, <c>#</c> lines and blank
/// lines are skipped; headers not given keep their default.
/// </summary>
public static class BounceTemplateFile
{
    public const string Failure = "failure_template";
    public const string Delay = "delay_template";
    public const string Success = "success_template";
    public const string Verify = "verify_template";

    public static IReadOnlyList<(string Name, BounceTemplate Template)> Parse(string text, string origin, BounceTemplates defaults)
    {
        var templates = new List<(string, BounceTemplate)>();
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith('#') || string.IsNullOrWhiteSpace(lines[i]))
            {
                continue;
            }

            var (name, marker) = Opening(lines[i], i + 1);
            var end = Array.IndexOf(lines, marker, i + 1);
            if (end < 0)
            {
                throw new ConfigurationException($"line {i + 1}: missing \"{marker}\" marker");
            }

            templates.Add((name, Template(lines[(i + 1)..end], origin, DefaultOf(name, defaults, i + 1))));
            i = end;
        }

        return templates;
    }

    private static (string Name, string Marker) Opening(string line, int number)
    {
        var equals = line.IndexOf('=', StringComparison.Ordinal);
        var value = equals < 0 ? "" : line[(equals + 1)..].Trim();
        return value.StartsWith("<<", StringComparison.Ordinal) && value.Length > 2
            ? (line[..equals].Trim(), value[2..].Trim())
            : throw new ConfigurationException($"line {number}: expecting \"template_name = <<EOF\"");
    }

    private static BounceTemplate DefaultOf(string name, BounceTemplates defaults, int number) => name switch
    {
        Failure => defaults.Failure,
        Delay => defaults.Delay,
        Success => defaults.Success,
        Verify => defaults.Verify,
        _ => throw new ConfigurationException($"line {number}: unknown template name: {name}"),
    };

    private static BounceTemplate Template(string[] lines, string origin, BounceTemplate template)
    {
        template = template with { Origin = origin };
        var at = 0;
        for (; at < lines.Length && lines[at].IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && !lines[at][..colon].Contains(' ', StringComparison.Ordinal); at++)
        {
            template = WithHeader(template, lines[at][..colon], lines[at][(colon + 1)..].Trim());
        }

        if (at < lines.Length && lines[at].Length == 0)
        {
            at++;
        }

        var text = new StringBuilder();
        foreach (var line in lines[at..])
        {
            text.Append(line).Append('\n');
        }

        return template with { Text = text.ToString() };
    }

    private static BounceTemplate WithHeader(BounceTemplate template, string name, string value) => name.ToLowerInvariant() switch
    {
        "charset" => template with { Charset = value },
        "from" => template with { From = value },
        "subject" => template with { Subject = value },
        "postmaster-subject" when template.PostmasterSubject != null => template with { PostmasterSubject = value },
        _ => throw new ConfigurationException($"{template.Origin}: unknown or inapplicable template header: {name}"),
    };
}
