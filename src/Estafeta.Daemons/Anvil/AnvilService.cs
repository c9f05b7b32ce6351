using System.Globalization;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Anvil;

/// <summary>
/// anvil(8): counts connections and requests per client and service for all smtpd processes; they decide what is too much. Its statistics
/// lines tell the highest numbers since the last ones, every anvil_status_update_time and at the end.
/// </summary>
internal sealed class AnvilService : IDisposable
{
    // The order of the lines.
    private static readonly (ClientEvent Kind, string Name)[] Rates =
    [
        (ClientEvent.Connection, "connection"),
        (ClientEvent.Message, "message"),
        (ClientEvent.Recipient, "recipient"),
        (ClientEvent.NewTlsSession, "newtls"),
        (ClientEvent.Authentication, "auth"),
    ];

    private readonly TimeProvider _time;
    private readonly Dictionary<string, ClientRecord> _clients = new(StringComparer.Ordinal);
    private readonly ClientMaximum[] _rates = [.. Rates.Select(static _ => new ClientMaximum())];
    private readonly ClientMaximum _connections = new();
    private readonly ClientMaximum _cache = new();
    private readonly ITimer _statusTimer;
    private readonly ITimer _forgetTimer;
    private AnvilSettings _settings;
    private IMailLog _log;

    public AnvilService(AnvilSettings settings, IMailLog log, TimeProvider time)
    {
        _settings = settings;
        _log = log;
        _time = time;
        _statusTimer = time.CreateTimer(static s => ((AnvilService)s!).Report(), this, settings.StatusUpdateTime, settings.StatusUpdateTime);
        _forgetTimer = time.CreateTimer(static s => ((AnvilService)s!).ForgetIdle(), this, settings.RateTimeUnit, settings.RateTimeUnit);
    }

    /// <summary>A reload: counts go on.</summary>
    public void Configure(AnvilSettings settings, IMailLog log)
    {
        lock (_clients)
        {
            _settings = settings;
            _log = log;
        }

        _statusTimer.Change(settings.StatusUpdateTime, settings.StatusUpdateTime);
        _forgetTimer.Change(settings.RateTimeUnit, settings.RateTimeUnit);
    }

    /// <param name="client"><c>service:address</c>.</param>
    /// <param name="kind">What it did.</param>
    public ClientTotals Count(string client, ClientEvent kind)
    {
        lock (_clients)
        {
            if (!_clients.TryGetValue(client, out var record))
            {
                _clients.Add(client, record = new ClientRecord());
                _cache.Note(_clients.Count, "", _time.GetUtcNow());
            }

            var now = _time.GetTimestamp();
            var unit = Ticks(_settings.RateTimeUnit);
            if (kind == ClientEvent.Connection)
            {
                _connections.Note(++record.Connections, client, _time.GetUtcNow());
            }

            _rates[(int)kind - 1].Note(record.Count(kind, now, unit), client, _time.GetUtcNow());
            return new ClientTotals(
                record.Connections,
                record[ClientEvent.Connection],
                record[ClientEvent.Message],
                record[ClientEvent.Recipient],
                record[ClientEvent.NewTlsSession],
                record[ClientEvent.Authentication],
                TimeSpan.FromSeconds((double)record.Left(now, unit) / _time.TimestampFrequency));
        }
    }

    /// <summary>A connection that was counted has ended.</summary>
    public void Close(string client)
    {
        lock (_clients)
        {
            if (_clients.TryGetValue(client, out var record) && record.Connections > 0)
            {
                record.Connections--;
            }
        }
    }

    /// <summary>Writes the statistics lines and begins new ones.</summary>
    public void Report()
    {
        lock (_clients)
        {
            for (var i = 0; i < Rates.Length; i++)
            {
                Write(_rates[i], $"max {Rates[i].Name} rate", $"/{(long)_settings.RateTimeUnit.TotalSeconds}s");
                if (i == 0)
                {
                    Write(_connections, "max connection count", "");
                }
            }

            Write(_cache, "max cache size", "");
        }
    }

    public void Dispose()
    {
        _statusTimer.Dispose();
        _forgetTimer.Dispose();
        Report();
    }

    private void Write(ClientMaximum maximum, string name, string unit)
    {
        if (maximum.Value == 0)
        {
            return;
        }

        var client = maximum.Client.Length > 0 ? $" for ({maximum.Client})" : "";
        var local = TimeZoneInfo.ConvertTime(maximum.Time, _time.LocalTimeZone);

        // As ctime(3): the day of the month is padded with a space.
        var stamp = string.Create(CultureInfo.InvariantCulture, $"{local:MMM} {local.Day,2} {local:HH:mm:ss}");
        _log.Info(string.Create(CultureInfo.InvariantCulture, $"statistics: {name} {maximum.Value}{unit}{client} at {stamp}"));
        maximum.Reset();
    }

    private void ForgetIdle()
    {
        lock (_clients)
        {
            var now = _time.GetTimestamp();
            var unit = Ticks(_settings.RateTimeUnit);
            foreach (var (client, record) in _clients)
            {
                if (record.IsIdle(now, unit))
                {
                    _clients.Remove(client);
                }
            }
        }
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
