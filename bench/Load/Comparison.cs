using Estafeta.Bench.Load.Rows;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Load;

/// <summary>Runs a row on both servers, in turns, so that a noisy machine is noisy for both, and writes its lines of the table.</summary>
internal sealed class Comparison(string estafetaPrograms, int runs)
{
    public const string Heading =
        "| work | figure | Postfix | Estafeta | ratio | goal | |\n|---|---|---|---|---|---|---|";

    private const int SinkPort = 20025;
    private const string PostfixPrograms = "/usr/sbin";

    /// <summary>Goals not reached so far.</summary>
    public int Missed { get; private set; }

    public IEnumerable<string> Run(Row row)
    {
        using var postfix = new MailServer("Postfix", PostfixPrograms, 20125, SinkPort, row.Settings);
        using var estafeta = new MailServer("Estafeta", estafetaPrograms, 20225, SinkPort, [.. row.Settings, "estafeta_sessions_per_process = 50"]);
        MailServer[] servers = [postfix, estafeta];
        var results = servers.ToDictionary(s => s, _ => new List<double[]>());
        Array.ForEach(servers, row.Prepare);
        for (var run = 0; run < runs; run++)
        {
            foreach (var server in servers)
            {
                results[server].Add(row.Run(server));
            }
        }

        for (var i = 0; i < row.Figures.Count; i++)
        {
            var figure = row.Figures[i];
            var theirs = Values(results[postfix], i);
            var ours = Values(results[estafeta], i);
            var verdict = "";
            if (figure.Goal is { } goal)
            {
                var isReached = goal.IsReachedBy(Median(ours), Median(theirs));
                Missed += isReached ? 0 : 1;
                verdict = isReached ? "reached" : "**not reached**";
            }

            var name = i == 0 ? row.Name : "";
            yield return $"| {name} | {figure.What} | {Show(theirs, figure)} | {Show(ours, figure)} | {Ratio(Median(ours) / Median(theirs))} | {figure.Goal} | {verdict} |";
        }
    }

    private static double[] Values(List<double[]> results, int figure) => [.. results.Select(r => r[figure]).Order()];

    private static double Median(double[] sorted) => sorted[sorted.Length / 2];

    private static string Show(double[] sorted, Figure figure) => sorted.Length == 1
        ? Text.Of(sorted[0], figure.Format)
        : $"{Text.Of(Median(sorted), figure.Format)} ({Text.Of(sorted[0], figure.Format)}–{Text.Of(sorted[^1], figure.Format)})";

    private static string Ratio(double ratio) => !double.IsFinite(ratio) ? "" : ratio >= 1 ? $"{Text.Of(ratio, "0.0")}×" : $"1/{Text.Of(1 / ratio, "0.0")}";
}
