using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>One scenario of a transcript file: a configuration, commands with the replies they get, and log lines.</summary>
public sealed partial record Transcript(string Name)
{
    public List<string> Configuration { get; } = [];

    /// <summary>In order: <c>C</c> sends, <c>S</c> expects, <c>T</c> does the TLS handshake, <c>R</c> begins another session.</summary>
    public List<(char Side, string Text)> Steps { get; } = [];

    public List<string> Log { get; } = [];

    /// <summary>The greeting; null where it does not matter.</summary>
    public string? Greeting { get; private set; }

    /// <summary>Why the installed Postfix, which is older than 3.12, does otherwise; null when it does not.</summary>
    public string? OlderPostfixDiffers { get; private set; }

    public override string ToString() => Name;

    /// <param name="daemon">Whose: a folder of Daemons/.</param>
    public static IEnumerable<Transcript> ReadAll(string daemon = "Smtpd") =>
        Directory.GetFiles(Path.Combine(Repository.Root, "tests/Estafeta.Tests/Daemons", daemon, "Transcripts"), "*.txt").Order().SelectMany(Read);

    private static IEnumerable<Transcript> Read(string path)
    {
        Transcript? current = null;
        foreach (var line in File.ReadLines(path))
        {
            if (line.StartsWith("== ", StringComparison.Ordinal))
            {
                if (current != null)
                {
                    yield return current;
                }

                current = new Transcript(Path.GetFileNameWithoutExtension(path) + ": " + line[3..]);
            }
            else if (current != null && line.Length > 0)
            {
                current.Add(line);
            }
        }

        if (current != null)
        {
            yield return current;
        }
    }

    /// <summary>Queue IDs differ from run to run.</summary>
    public static string HideQueueIds(string text) => QueueIds().Replace(text, "QID");

    private void Add(string line)
    {
        var (kind, text) = line.IndexOf(' ') is > 0 and var space ? (line[..space], line[(space + 1)..]) : (line, "");
        switch (kind)
        {
            case "conf:":
                Configuration.Add(text);
                break;
            case "C:":
                Steps.Add(('C', Unescape(text) + "\r\n"));
                break;
            case "C!":
                Steps.Add(('C', Unescape(text)));
                break;
            case "G:":
                Greeting = text;
                break;
            case "R:":
                Steps.Add(('R', ""));
                break;
            case "T:":
                Steps.Add(('T', ""));
                break;
            case "S:":
                Steps.Add(('S', Unescape(text)));
                break;
            case "L:":
                Log.Add(text);
                break;
            case "N:":
                OlderPostfixDiffers = text;
                break;
            case "#":
                break;
            default:
                throw new FormatException(line);
        }
    }

    private static string Unescape(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                result.Append(text[i]);
                continue;
            }

            result.Append(text[++i] switch
            {
                'r' => '\r',
                'n' => '\n',
                't' => '\t',
                '0' => '\0',
                'x' => (char)int.Parse(text.AsSpan(++i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                var c => c,
            });
            i += text[i - 1] == 'x' ? 1 : 0;
        }

        return result.ToString();
    }

    [GeneratedRegex(@"(?<=queued as |^|warning: )[0-9A-F]{6,}(?=$|:)")]
    private static partial Regex QueueIds();
}
