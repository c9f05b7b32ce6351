using System.Text.RegularExpressions;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>What one session left: replies, log lines, policy requests, made comparable.</summary>
internal sealed partial record Played(IReadOnlyList<string> Replies, IReadOnlyList<string> Log, IReadOnlyList<string> Policy)
{
    /// <param name="replies">By session.</param>
    /// <param name="log">Of all sessions, one after the other.</param>
    /// <param name="requests">Likewise.</param>
    /// <param name="requestCounts">How many requests there had been at the end of each session.</param>
    /// <param name="policyEndPoint">Differs from server to server.</param>
    public static List<Played> From(List<List<string>> replies, IReadOnlyList<string> log, IReadOnlyList<string> requests, List<int> requestCounts, string policyEndPoint)
    {
        var played = new List<Played>();
        var line = 0;
        for (var i = 0; i < replies.Count; i++)
        {
            var lines = new List<string>();
            while (line < log.Count)
            {
                var text = KnownDifferences.Normalize(Ports().Replace(Transcript.HideQueueIds(log[line].Replace(policyEndPoint, "POLICY", StringComparison.Ordinal)), "]:PORT"));
                if (text != null)
                {
                    lines.Add(text);
                }

                if (log[line++].StartsWith("disconnect from", StringComparison.Ordinal))
                {
                    break;
                }
            }

            var from = i == 0 ? 0 : requestCounts[i - 1];
            played.Add(new Played(replies[i].ConvertAll(static r => KnownDifferences.NormalizeReply(Ports().Replace(r, "]:PORT"))), lines, [.. requests.Skip(from).Take(requestCounts[i] - from).Select(static r => Fleeting().Replace(r, "").TrimEnd('\n'))]));
        }

        return played;
    }

    // The client's real port, unless XCLIENT named another.
    [GeneratedRegex(@"\]:[0-9]{5}\b")]
    private static partial Regex Ports();

    [GeneratedRegex(@"^(instance|queue_id|client_port|server_port|compatibility_level|mail_version|tls_sni)=.*\n?", RegexOptions.Multiline)]
    private static partial Regex Fleeting();
}
