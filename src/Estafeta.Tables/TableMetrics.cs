using System.Diagnostics.Metrics;

namespace Estafeta.Tables;

/// <summary>
/// The look-ups of all tables of this process for whoever listens: meter <c>Estafeta.Tables</c>, instruments <c>estafeta.table.lookups</c> (tags table and
/// outcome) and <c>estafeta.table.lookup.duration</c> (tag table). Costs next to nothing while nobody does.
/// </summary>
public static class TableMetrics
{
    public const string MeterName = "Estafeta.Tables";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Counter<long> Lookups = Meter.CreateCounter<long>("estafeta.table.lookups", "{lookup}", "Look-ups of a table by their outcome");
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>("estafeta.table.lookup.duration", "s", "How long look-ups take");

    internal static void Record(string table, LookupOutcome outcome, TimeSpan elapsed)
    {
        if (Lookups.Enabled)
        {
            Lookups.Add(1, new("table", table), new("outcome", NameOf(outcome)));
        }

        if (Duration.Enabled)
        {
            Duration.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("table", table));
        }
    }

    private static string NameOf(LookupOutcome outcome) => outcome switch
    {
        LookupOutcome.Found => "found",
        LookupOutcome.NotFound => "notfound",
        _ => "trouble",
    };
}
