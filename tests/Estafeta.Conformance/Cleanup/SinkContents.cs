using System.Globalization;
using System.Text;
using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Conformance.Cleanup;

/// <summary>What a server was sent: the content of each message from its header <c>X-Case: number</c> on, by that number.</summary>
internal static class SinkContents
{
    public static Dictionary<int, string> Of(ScriptedSmtpServer sink)
    {
        var contents = new Dictionary<int, string>();
        var content = new StringBuilder();
        foreach (var line in sink.Transcript)
        {
            if (line.StartsWith("D:", StringComparison.Ordinal))
            {
                content.Append(line[2..]);
            }
            else if (line == "." && content.Length > 0)
            {
                var text = content.ToString().Replace("\r\n", "\n", StringComparison.Ordinal);
                text = text[text.IndexOf("X-Case: ", StringComparison.Ordinal)..];
                text = ("\n" + text).Replace("\n..", "\n.", StringComparison.Ordinal)[1..];
                contents.Add(int.Parse(text[8..text.IndexOf('\n')], CultureInfo.InvariantCulture), text);
                content.Clear();
            }
        }

        return contents;
    }
}
