using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Interfaces;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Daemons.Smtpd.Access.Dns;
using Estafeta.Daemons.Smtpd.Access.Policy;
using Estafeta.Daemons.Smtpd.Access.Tracing;
using Estafeta.Daemons.Smtpd.Auth;
using Estafeta.Daemons.Smtpd.Authenticity;
using Estafeta.Daemons.Smtpd.Limits;
using Estafeta.Daemons.Smtpd.Milters;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Daemons.Smtpd.Proxy;
using Estafeta.Daemons.Smtpd.Replies;
using Estafeta.Daemons.Smtpd.Tls;
using Estafeta.Mail.Smtp;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Clients;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.QueueControl;
using Estafeta.Services.Rewriting;
using Estafeta.Services.SmtpServer;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Daemons.Smtpd;

/// <summary>Everything the sessions of one smtpd service share. Made from its parameters at start; a reload makes a new process or service.</summary>
internal sealed class SmtpdService : IAsyncDisposable
{
    // debug_peer_level: the first shows the dialogue, the second why something was refused.
    private const int ExplainingLevel = 2;

    private readonly TableSet _tables;
    private readonly DomainList _forbiddenCommands;
    private readonly DomainList _noopCommands;
    private readonly HostList _bareNewlineExclusions;
    private readonly HostList _xclientHosts;
    private readonly HostList _xforwardHosts;
    private readonly HostList _verpHosts;
    private readonly HostList _debugPeers;
    private readonly int _debugPeerLevel;
    private readonly MapList _discardKeywordMaps;

    private readonly DnsResolver _resolver;
    private readonly ClientNames? _names;
    private readonly PolicyServices _policies;
    private int _instances;

    public SmtpdService(ServiceContext context, SmtpdPartners partners)
    {
        var parameters = context.Parameters;
        Log = context.Log;
        Time = context.Time;
        Cleanup = partners.Cleanup;
        _tables = new TableSet(parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        _resolver = partners.Resolver ?? new DnsResolver(context.Time) { UsesTransitionalNames = parameters.Get(Parameters.EnableIdna2003Compatibility) };
        var resolver = AddressResolver.Create(parameters, _tables, context.Log, context.Time);
        Resolver = resolver;
        var filter = new DnsReplyFilter(Open(Parameters.SmtpdDnsReplyFilter));
        var hosts = new HostsFile(context.Time);
        var protocols = InetProtocols.Parse(parameters.Get(Parameters.InetProtocols));
        var dns = new AccessDns(
            _resolver, filter, hosts, protocols.Allows(AddressFamily.InterNetwork), protocols.Allows(AddressFamily.InterNetworkV6));
        _policies = new PolicyServices(_tables, context.Time, context.Log.Warning);
        var services = AccessServices.Create(parameters, new AccessSources(_tables, resolver, dns, _policies, partners.Verifier, context.Time, context.Log)) with { SkipsSleep = partners.IsExplaining };
        Plain = SmtpdProfile.Create(parameters, services, context.Log);
        Stressed = SmtpdProfile.Create(context.StressParameters, services, context.Log);
        _names = Plain.Settings.PeernameLookup
            ? new ClientNames(_resolver, filter, hosts, context.Log)
            : null;
        Limits = new ClientLimits(ClientLimitSettings.Read(parameters), partners.Counters, context.ServiceName, _tables);
        UpstreamProxy = UpstreamProxy.ForSmtpd(parameters, context.Log, context.Time);
        FlushSite = partners.FlushSite;
        Replies = new RejectReplies(parameters, _tables, context.Log, context.Time);
        var notices = NoticeSettings.Read(parameters);
        Notices = new SessionNotices(partners.IsExplaining ? notices with { Classes = SessionErrors.None } : notices, partners.Cleanup, context.Log, context.Time);
        Tls = ServerTls.Create(context, _tables);
        TlsLogLevels = new TlsLogLevels(
            Tls?.Settings.LogLevel ?? 0,
            _tables.OpenList(Parameters.SmtpdTlsLoglevelMaps.Name, context.Parameters.Get(Parameters.SmtpdTlsLoglevelMaps)));
        TicketRenewal = Tls?.Settings.Context.Tickets is { } tickets && partners.TlsManager is { } manager
            ? new TicketRenewal(tickets, manager, context.Log, context.Time)
            : null;
        Authentication = SaslAuthentication.Create(context, _tables);
        OwnClients = OwnClients.Open(parameters, _tables);
        Authenticity = AuthenticityCheck.Create(parameters, _tables, _resolver, OwnClients, context.Time);
        Storage = new StorageCheck(Plain.Settings, context.Time);
        Deadlines = new DeadlineSweeper(context.Time);
        CleanupFlags = ReceiveOverrides.Parse(Parameters.ReceiveOverrideOptions.Name, parameters.Get(Parameters.ReceiveOverrideOptions))
            | MailClassFlags.Load(parameters, MailClasses.Smtpd);
        Proxy = ProxyFilter.Create(parameters, Log);
        Milters = SmtpdMilters.Create(parameters, _tables, CleanupFlags);
        ContentFilter = parameters.Get(Parameters.ContentFilter) is { Length: > 0 } contentFilter ? contentFilter : null;
        _forbiddenCommands = DomainList.Open(Parameters.SmtpdForbiddenCommands, _tables);
        _noopCommands = DomainList.Open(Parameters.SmtpdNoopCommands, _tables);
        _bareNewlineExclusions = HostList.Open(Parameters.SmtpdForbidBareNewlineExclusions, _tables);
        _xclientHosts = HostList.Open(Parameters.SmtpdAuthorizedXclientHosts, _tables);
        _xforwardHosts = HostList.Open(Parameters.SmtpdAuthorizedXforwardHosts, _tables);
        _debugPeers = HostList.Open(Parameters.DebugPeerList, _tables);
        _debugPeerLevel = parameters.Get(Parameters.DebugPeerLevel);
        _verpHosts = HostList.Open(Parameters.SmtpdAuthorizedVerpClients, _tables);
        _discardKeywordMaps = Open(Parameters.SmtpdDiscardEhloKeywordAddressMaps);
        var commandFilter = Open(Parameters.SmtpdCommandFilter);
        CommandFilter = commandFilter.IsEmpty ? null : commandFilter;

        MapList Open(StringParameter parameter) => _tables.OpenList(parameter.Name, parameters.Get(parameter));
    }

    public SmtpdProfile Plain { get; }

    /// <summary>For sessions that start while the service is at its limit.</summary>
    public SmtpdProfile Stressed { get; }

    public IMailLog Log { get; }

    public TimeProvider Time { get; }

    public ICleanup Cleanup { get; }

    public IAddressResolver Resolver { get; }

    /// <summary>Null without TLS.</summary>
    public TlsServer? Tls { get; }

    public TlsLogLevels TlsLogLevels { get; }

    /// <summary>Null without TLS or tlsmgr.</summary>
    public TicketRenewal? TicketRenewal { get; }

    /// <summary>Null without AUTH.</summary>
    public SaslAuthentication? Authentication { get; }

    public OwnClients OwnClients { get; }

    /// <summary>SPF, DKIM, DMARC and ARC; null when none is checked.</summary>
    public AuthenticityCheck? Authenticity { get; }

    public ClientLimits Limits { get; }

    /// <summary>smtpd_upstream_proxy_protocol; null when clients come directly.</summary>
    public UpstreamProxy? UpstreamProxy { get; }

    /// <summary>flush(8); null where it is out of reach.</summary>
    public SiteFlusher? FlushSite { get; }

    /// <summary>What is made of 4xx and 5xx replies.</summary>
    public RejectReplies Replies { get; }

    public SessionNotices Notices { get; }

    public StorageCheck Storage { get; }

    public DeadlineSweeper Deadlines { get; }

    public CleanupFlags CleanupFlags { get; }

    public MapList? CommandFilter { get; }

    /// <summary>smtpd_proxy_filter; null without.</summary>
    public ProxyFilter? Proxy { get; }

    /// <summary>Null without.</summary>
    public SmtpdMilters? Milters { get; }

    /// <summary>content_filter: <c>transport:nexthop</c>.</summary>
    public string? ContentFilter { get; }

    /// <summary>The lines of EHLO replies, kept because every session's history holds them: a handful of strings for all sessions.</summary>
    public ConcurrentDictionary<string, string> EhloLines { get; } = new(StringComparer.Ordinal);

    /// <summary>The same, for last lines.</summary>
    public ConcurrentDictionary<string, string> EhloEnds { get; } = new(StringComparer.Ordinal);

    public async ValueTask<bool> IsForbiddenCommandAsync(string word, CancellationToken cancellationToken) =>
        (await _forbiddenCommands.MatchAsync(word, cancellationToken)).IsFound;

    public async ValueTask<bool> IsNoopCommandAsync(string word, CancellationToken cancellationToken) =>
        !_noopCommands.IsEmpty && (await _noopCommands.MatchAsync(word, cancellationToken)).IsFound;

    /// <summary>Null: the list cannot be asked.</summary>
    public ValueTask<bool?> IsXclientAllowedAsync(SmtpdSession session) => HasAsync(_xclientHosts, session);

    public ValueTask<bool?> IsVerpAllowedAsync(SmtpdSession session) => HasAsync(_verpHosts, session);

    public ValueTask<bool?> IsXforwardAllowedAsync(SmtpdSession session) => HasAsync(_xforwardHosts, session);

    /// <summary>smtpd_discard_ehlo_keyword_address_maps, else smtpd_discard_ehlo_keywords. Null: the table cannot be asked.</summary>
    public async ValueTask<EhloKeywords?> DiscardedKeywordsAsync(SmtpdSession session)
    {
        if (_discardKeywordMaps.IsEmpty)
        {
            return session.Settings.DiscardEhloKeywords;
        }

        var result = await _discardKeywordMaps.LookupAsync(session.Peer.Address, session.CancellationToken);
        return result.IsTrouble ? null : result.Value is { } words ? EhloKeywordNames.Parse(words) : session.Settings.DiscardEhloKeywords;
    }

    private static async ValueTask<bool?> HasAsync(HostList hosts, SmtpdSession session)
    {
        if (hosts.IsEmpty)
        {
            return false;
        }

        var result = await hosts.MatchAsync(session.Peer.Name, session.Peer.IPAddress, session.CancellationToken);
        return result.IsTrouble ? null : result.IsFound;
    }

    /// <summary>What a new session starts with: names and lists that depend on the client.</summary>
    public async ValueTask PrepareAsync(SmtpdSession session)
    {
        var peer = await NameAsync(session.Peer, session.CancellationToken);
        session.Peer = peer.WithNames(session.Settings.ClientPortLogging);
        session.IsVerbose = !_debugPeers.IsEmpty
            && (await _debugPeers.MatchAsync(session.Peer.Name, session.Peer.IPAddress, session.CancellationToken)).IsFound;
        if (session.IsVerbose && _debugPeerLevel >= ExplainingLevel)
        {
            session.Access.Trace ??= new AccessTrace();
            session.Access.LogsExplanations = true;
        }

        if (session.Settings.ForbidBareNewline != BareNewlinePolicy.Accept
            && (await _bareNewlineExclusions.MatchAsync(session.Peer.Name, session.Peer.IPAddress, session.CancellationToken)).IsFound)
        {
            session.BareNewlinePolicy = BareNewlinePolicy.Accept;
        }
    }

    private async ValueTask<ClientPeer> NameAsync(ClientPeer peer, CancellationToken cancellationToken)
    {
        if (peer.IsNamed)
        {
            return peer;
        }

        if (_names == null)
        {
            return peer with { NameStatus = ClientNameStatus.Permanent, ReverseNameStatus = ClientNameStatus.Permanent };
        }

        if (peer.IPAddress is not { } address)
        {
            return peer;
        }

        var name = await _names.FindAsync(address, cancellationToken);
        return peer with { Name = name.Name, ReverseName = name.ReverseName, NameStatus = name.Status, ReverseNameStatus = name.ReverseStatus };
    }

    /// <summary>Names a mail transaction to policy services: process, time, and a number.</summary>
    public string NewInstance()
    {
        var ticks = Time.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessId:x}.{ticks / TimeSpan.TicksPerSecond:x}.{ticks / 10 % 1_000_000:x}.{Interlocked.Increment(ref _instances) - 1:x}");
    }

    public Task DelayAsync(TimeSpan duration, CancellationToken cancellationToken) => Task.Delay(duration, Time, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        Deadlines.Dispose();
        Tls?.Dispose();
        if (Authentication != null)
        {
            await Authentication.DisposeAsync();
        }

        await _policies.DisposeAsync();
        await _tables.DisposeAsync();
        await _resolver.DisposeAsync();
    }
}
