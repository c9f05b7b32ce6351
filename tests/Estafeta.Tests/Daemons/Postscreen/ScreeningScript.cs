using System.Text.RegularExpressions;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>Plays a transcript against a postscreen, ours or an installed one.</summary>
public static partial class ScreeningScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static IEnumerable<Transcript> ReadAll() => Transcript.ReadAll("Postscreen");

    internal static async Task PlayAsync(Transcript transcript, Func<SmtpdClient> connect, Func<IReadOnlyList<string>> readLog)
    {
        var actual = new List<string>();
        var expected = new List<string>();
        var client = connect();
        try
        {
            foreach (var (side, text) in transcript.Steps)
            {
                switch (side)
                {
                    case 'C':
                        await client.SendAsync(text);
                        break;
                    case 'T':
                        await client.EncryptAsync();
                        break;
                    case 'R':
                        client.Dispose();
                        client = connect();
                        break;
                    default:
                        expected.Add(text);
                        actual.Add(await client.ReadLineAsync() ?? "<eof>");
                        Assert.Equal(expected, actual);
                        break;
                }
            }
        }
        finally
        {
            client.Dispose();
        }

        await ExpectLogAsync(transcript, readLog);
    }

    // Ports and times differ from run to run.
    private static string Hide(string line) => Times().Replace(Ports().Replace(line, "]:PORT"), "after N from");

    private static async Task ExpectLogAsync(Transcript transcript, Func<IReadOnlyList<string>> readLog)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (Missing(transcript, [.. readLog().Select(Hide)]) is { } missing)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, missing);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    // In their order.
    private static string? Missing(Transcript transcript, List<string> lines)
    {
        var at = 0;
        foreach (var line in transcript.Log)
        {
            at = lines.IndexOf(line, at) + 1;
            if (at == 0)
            {
                return $"{line}\nis not, or not in this order, in\n{string.Join('\n', lines)}";
            }
        }

        return null;
    }

    [GeneratedRegex(@"\]:[0-9]+")]
    private static partial Regex Ports();

    [GeneratedRegex("after [0-9.]+ from")]
    private static partial Regex Times();
}
