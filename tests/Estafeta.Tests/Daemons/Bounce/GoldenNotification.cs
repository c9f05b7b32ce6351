using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Estafeta.Tests.Daemons.Bounce;

/// <summary>
/// A notification Postfix 3.7 sent, without what cleanup and delivery added to it; and what has to be known to make it again:
/// IDs, times and the original message.
/// </summary>
internal sealed class GoldenNotification
{
    private GoldenNotification(string text) => Text = text;

    /// <summary>Octets as Latin-1.</summary>
    public string Text { get; }

    public string QueueId => Find(@"Queue-ID: (\S+)");

    public string OwnQueueId => Find(@"\tid (\w+);");

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeSeconds(long.Parse(Find(@"\.(\d{10})/"), CultureInfo.InvariantCulture));

    public DateTimeOffset Arrival => DateTimeOffset.ParseExact(
        Find(@"Arrival-Date: (.*) \(UTC\)"), "ddd, dd MMM yyyy HH:mm:ss zz00", CultureInfo.InvariantCulture);

    /// <summary>The original message's header section, with its empty line.</summary>
    public byte[] Head => Encoding.Latin1.GetBytes(Returned[..(Returned.IndexOf("\n\n", StringComparison.Ordinal) + 2)]);

    public byte[] Body
    {
        get
        {
            var rest = Returned[(Returned.IndexOf("\n\n", StringComparison.Ordinal) + 2)..];
            return Encoding.Latin1.GetBytes(rest.Length == 0 ? "" : rest[..^1]);
        }
    }

    private string Returned
    {
        get
        {
            var start = Text.IndexOf('\n', Text.LastIndexOf("\nReturn-Path: ", StringComparison.Ordinal) + 1) + 1;
            var end = Text.LastIndexOf("\n--", StringComparison.Ordinal);
            return Text[start..end] + "\n";
        }
    }

    public static GoldenNotification Load(string name) =>
        new(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Daemons/Bounce/Golden", name + ".eml"), Encoding.Latin1));

    private string Find(string pattern) => Regex.Match(Text, pattern).Groups[1].Value;
}
