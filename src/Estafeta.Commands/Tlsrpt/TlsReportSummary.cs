using System.Globalization;
using Estafeta.Net.TlsReporting;

namespace Estafeta.Commands.Tlsrpt;

/// <summary>Many reports as one page: sessions by domain and reporter, and what failed how often.</summary>
internal sealed class TlsReportSummary
{
    private readonly SortedDictionary<(string Domain, string Reporter, string Policy), (long Good, long Bad)> _sums = [];
    private readonly Dictionary<(string Domain, string Type, string Host, string Detail), long> _failures = [];
    private DateTimeOffset _from = DateTimeOffset.MaxValue;
    private DateTimeOffset _to = DateTimeOffset.MinValue;

    public int Reports { get; private set; }

    public void Add(TlsReport report)
    {
        Reports++;
        _from = report.Start < _from ? report.Start : _from;
        _to = report.End > _to ? report.End : _to;
        foreach (var domain in report.Domains)
        {
            foreach (var policy in domain.Policies)
            {
                var key = (Clean(domain.Domain), Clean(report.Organization), Clean(policy.Type));
                var (good, bad) = _sums.GetValueOrDefault(key);
                _sums[key] = (good + policy.Successes, bad + policy.Failures);
                foreach (var (failure, sessions) in policy.Kinds)
                {
                    var detail = failure.ReasonCode.Length > 0 ? failure.ReasonCode : failure.AdditionalInformation;
                    var kind = (key.Item1, Clean(failure.ResultType), Clean(failure.ReceivingHost), Clean(detail));
                    _failures[kind] = _failures.GetValueOrDefault(kind) + sessions;
                }
            }
        }
    }

    public void Write(TextWriter output)
    {
        if (Reports == 0)
        {
            return;
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Reports} report{(Reports == 1 ? "" : "s")}, {_from:yyyy-MM-dd} to {_to:yyyy-MM-dd}\n"));
        WriteLine("domain", "reporter", "policy", "good", "failed");
        foreach (var ((domain, reporter, policy), (good, bad)) in _sums)
        {
            WriteLine(domain, reporter, policy, good.ToString(CultureInfo.InvariantCulture), bad.ToString(CultureInfo.InvariantCulture));
        }

        if (_failures.Count > 0)
        {
            output.WriteLine("\nfailed sessions by kind");
        }

        foreach (var ((domain, type, host, detail), sessions) in _failures.OrderByDescending(pair => pair.Value))
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{sessions,10} {domain} {type} {host} {detail}").TrimEnd());
        }

        void WriteLine(string domain, string reporter, string policy, string good, string bad) =>
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{domain,-32} {reporter,-32} {policy,-16} {good,10} {bad,10}"));
    }

    // What strangers wrote goes to a terminal.
    private static string Clean(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? '?' : c));
}
