using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Hosting;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Tlsmgr;

/// <summary>
/// tlsmgr(8): keeper of what the processes share about TLS, as an object of the queue process. Hands out ticket keys, finds and keeps MTA-STS
/// policies, counts what TLS reports tell and sends them. No session cache: sessions are resumed by tickets (docs/tls.md).
/// </summary>
public sealed class TlsmgrService : ITlsManager, IAsyncDisposable
{
    private static readonly TimeSpan SaveInterval = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan SendInterval = TimeSpan.FromHours(1);

    private readonly ServiceContext _context;
    private readonly TlsmgrSettings _settings;
    private readonly TlsmgrState _state;
    private readonly DnsResolver _resolver;
    private readonly ICleanup _cleanup;
    private readonly Lazy<Partners> _partners;

    private sealed record Partners(TlsContext Trust, StsPolicies Policies, ReportBook Book, ReportSender Sender);

    public TlsmgrService(ServiceContext context, TlsmgrState state, ICleanup cleanup)
    {
        _context = context;
        _settings = TlsmgrSettings.Load(context.Parameters);
        _state = state;
        _cleanup = cleanup;
        _resolver = new DnsResolver(context.Time);

        // Who has neither MTA-STS nor reports pays nothing for them, and a broken CA file must not cost the ticket keys.
        _partners = new Lazy<Partners>(CreatePartners, LazyThreadSafetyMode.ExecutionAndPublication);
    }

    public ValueTask<IReadOnlyList<TicketKey>> GetTicketKeysAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult(_state.Keys.Current(_settings.TicketLifetime));

    public ValueTask<StsFinding> FindPolicyAsync(string domain, CancellationToken cancellationToken) =>
        DnsName.IsHostName(domain) ? _partners.Value.Policies.FindAsync(domain, cancellationToken) : ValueTask.FromResult(StsFinding.Nothing);

    public ValueTask<StsFinding> RefreshPolicyAsync(string domain, CancellationToken cancellationToken) =>
        DnsName.IsHostName(domain) ? _partners.Value.Policies.RefreshAsync(domain, cancellationToken) : ValueTask.FromResult(StsFinding.Nothing);

    public ValueTask<bool> PurgePolicyAsync(string domain, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_partners.Value.Policies.Purge(domain));

    public ValueTask ReportAsync(TlsOutcome outcome, CancellationToken cancellationToken)
    {
        if (DnsName.IsHostName(outcome.Domain))
        {
            _partners.Value.Book.Count(outcome);
        }

        return ValueTask.CompletedTask;
    }

    public async ValueTask<int> SendReportsAsync(CancellationToken cancellationToken)
    {
        var sent = await _partners.Value.Sender.SendAsync(isEarly: true, cancellationToken);
        Save();
        return sent;
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        var endpoint = new TlsManagerEndpoint(this);
        var self = Privileges.EffectiveUid;
        var owner = Accounts.FindUser(_context.Parameters.Get(Parameters.MailOwner))?.Uid ?? self;
        var server = new IpcServer(TlsManagerEndpoint.Protocol, user => user == 0 || user == self || user == owner, _context.Log);
        await Task.WhenAll([KeepAsync(stopping), .. _context.Listeners.Select(listener => server.RunAsync(listener.Socket, endpoint.ServeAsync, stopping))]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_partners.IsValueCreated)
        {
            _partners.Value.Trust.Dispose();
        }

        await _resolver.DisposeAsync();
    }

    private Partners CreatePartners()
    {
        var trust = TlsContext.Create(HttpsClient.TrustOptions(_settings.CaFile, _settings.CaPath));
        var https = new HttpsClient(_resolver, trust, _context.Time);
        var policies = new StsPolicies(
            new StsPolicyFetcher(_resolver, https),
            new StsPolicyStore(StsPolicyStore.Below(_settings.DataDirectory)),
            (isWarning, text) => _context.Log.Write(isWarning ? LogSeverity.Warning : LogSeverity.Info, text),
            _context.Time);
        var book = _state.OpenBook(BookDirectory);
        return new Partners(trust, policies, book, new ReportSender(_settings, book, _resolver, https, _cleanup, _context.Log, _context.Time));
    }

    private string BookDirectory => Path.Combine(_settings.DataDirectory, "tlsrpt");

    // Renewals, reports and the saving of counts, in turn: none of them is urgent.
    private async Task KeepAsync(CancellationToken stopping)
    {
        var sent = _context.Time.GetTimestamp();
        using var timer = new PeriodicTimer(SaveInterval, _context.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping))
            {
                if (!_partners.IsValueCreated && !HasWork())
                {
                    continue;
                }

                var isHour = _context.Time.GetElapsedTime(sent) >= SendInterval;
                sent = isHour ? _context.Time.GetTimestamp() : sent;
                await KeepOnceAsync(isHour, stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            Save();
        }
    }

    private bool HasWork() => Directory.Exists(BookDirectory) || Directory.Exists(StsPolicyStore.Below(_settings.DataDirectory));

    private async Task KeepOnceAsync(bool isHour, CancellationToken stopping)
    {
        try
        {
            if (isHour)
            {
                await _partners.Value.Policies.RenewAsync(stopping);
                await _partners.Value.Sender.SendAsync(isEarly: false, stopping);
            }

            Save();
        }
        catch (Exception e) when (e is IOException or FormatException or UnauthorizedAccessException)
        {
            _context.Log.Warning($"TLS policies and reports: {e.Message}");
        }
    }

    private void Save()
    {
        if (!_partners.IsValueCreated)
        {
            return;
        }

        try
        {
            _partners.Value.Book.Save();
        }
        catch (IOException e)
        {
            _context.Log.Warning($"cannot save counts for TLS reports: {e.Message}");
        }
    }
}
