using System.Globalization;
using Estafeta.Net.TlsReporting;
using Estafeta.Unix.Files;

namespace Estafeta.Daemons.Tlsmgr;

/// <summary>
/// The counts of each day by domain, until their reports are sent. On disk a day is one file, written whole every few minutes: a crash
/// costs those minutes. Lives as long as the process; thread-safe.
/// </summary>
internal sealed class ReportBook
{
    /// <summary>A day with more domains than this is not counted in full: it is some other host's list of names.</summary>
    private const int MaximumDomains = 100_000;

    private readonly Lock _lock = new();
    private readonly SortedDictionary<DateOnly, Day> _days = [];
    private readonly string _directory;
    private readonly TimeProvider _time;

    private ReportBook(string directory, TimeProvider time) => (_directory, _time) = (directory, time);

    private sealed class Day
    {
        public Dictionary<string, TlsTally> Domains { get; } = new(StringComparer.Ordinal);

        public bool IsDirty { get; set; }
    }

    public static DateOnly DayOf(DateTimeOffset moment) => DateOnly.FromDateTime(moment.UtcDateTime);

    /// <summary>Takes up what an earlier process left. Throws <see cref="IOException"/>.</summary>
    /// <param name="directory">Below data_directory; made when it is first needed.</param>
    public static ReportBook Open(string directory, TimeProvider time)
    {
        var book = new ReportBook(directory, time);
        foreach (var path in Directory.Exists(directory) ? Directory.EnumerateFiles(directory, "*.json") : [])
        {
            if (DateOnly.TryParseExact(Path.GetFileNameWithoutExtension(path), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
            {
                var day = new Day();
                foreach (var tally in TlsReportReader.Read(File.ReadAllBytes(path)).Domains)
                {
                    day.Domains[tally.Domain] = tally;
                }

                book._days[date] = day;
            }
        }

        return book;
    }

    public void Count(TlsOutcome outcome)
    {
        lock (_lock)
        {
            var date = DayOf(_time.GetUtcNow());
            if (!_days.TryGetValue(date, out var day))
            {
                _days[date] = day = new Day();
            }

            if (!day.Domains.TryGetValue(outcome.Domain, out var tally))
            {
                if (day.Domains.Count >= MaximumDomains)
                {
                    return;
                }

                day.Domains[outcome.Domain] = tally = new TlsTally(outcome.Domain);
            }

            tally.Count(outcome);
            day.IsDirty = true;
        }
    }

    /// <summary>Days that have ended and still have domains to report to.</summary>
    public IReadOnlyList<DateOnly> EndedDays()
    {
        lock (_lock)
        {
            var today = DayOf(_time.GetUtcNow());
            return [.. _days.Keys.Where(day => day < today)];
        }
    }

    /// <summary>The counts of an ended day; nobody changes them any more.</summary>
    public IReadOnlyList<TlsTally> Domains(DateOnly date)
    {
        lock (_lock)
        {
            return _days.TryGetValue(date, out var day) ? [.. day.Domains.Values] : [];
        }
    }

    /// <summary>The domain's report of the day is sent, or is not wanted.</summary>
    public void Remove(DateOnly date, string domain)
    {
        lock (_lock)
        {
            if (_days.TryGetValue(date, out var day) && day.Domains.Remove(domain))
            {
                day.IsDirty = true;
            }
        }
    }

    /// <summary>Writes what has changed; a day without domains goes. Throws <see cref="IOException"/>.</summary>
    public void Save()
    {
        lock (_lock)
        {
            var today = DayOf(_time.GetUtcNow());
            foreach (var (date, day) in _days.Where(pair => pair.Value.IsDirty).ToList())
            {
                var path = Path.Combine(_directory, date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) + ".json");
                if (day.Domains.Count == 0 && date < today)
                {
                    File.Delete(path);
                    _days.Remove(date);
                    continue;
                }

                Directory.CreateDirectory(_directory);
                AtomicFile.Write(path, MakeReport(date, [.. day.Domains.Values], "", "", "").ToJson());
                day.IsDirty = false;
            }
        }
    }

    public static TlsReport MakeReport(DateOnly date, IReadOnlyList<TlsTally> domains, string organization, string contact, string id)
    {
        var start = new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return new TlsReport
        {
            Organization = organization,
            ContactInfo = contact,
            Id = id,
            Start = start,
            End = start.AddDays(1).AddSeconds(-1),
            Domains = domains,
        };
    }
}
