using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Postscreen.Access;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Daemons.Postscreen.DnsLists;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Passing;
using Estafeta.Services.SmtpServer;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Polling;

namespace Estafeta.Daemons.Postscreen;

/// <summary>Everything the sessions of one postscreen service share. Made from its parameters at start; a reload makes a new process.</summary>
internal sealed class PostscreenService : IAsyncDisposable
{
    private readonly TableSet _tables;
    private readonly DnsResolver _resolver;
    private readonly DomainList _forbiddenCommands;
    private readonly MapList _discardKeywordMaps;
    private readonly MapList _replyNames;

    public PostscreenService(ServiceContext context, PostscreenPartners partners)
    {
        var parameters = context.Parameters;
        Log = context.Log;
        Time = context.Time;
        Plain = PostscreenSettings.Read(parameters);
        Stressed = PostscreenSettings.Read(context.StressParameters);
        _tables = new TableSet(parameters) { Warn = Log.Warning, Inform = Log.Info, Time = Time };
        _resolver = partners.Resolver ?? new DnsResolver(Time) { UsesTransitionalNames = parameters.Get(Parameters.EnableIdna2003Compatibility) };
        AccessList = new AccessList(parameters, _tables, Log);
        Interfaces = new AllowlistInterfaces(_tables);
        Cache = OpenCache(parameters);
        DnsListSettings = DnsListSettings.Read(parameters);
        DnsLists = new DnsListQuerier(DnsListSettings, _resolver, Log, OpenLog(Parameters.DnsblogServiceName), Time);
        Occupancy = new Occupancy(Plain.PreQueueLimit, Log);
        UpstreamProxy = UpstreamProxy.ForPostscreen(parameters, Watcher.WaitReadableAsync, Log, Time);
        Passer = new ConnectionPasser(Path.Combine("private", parameters.Get(Parameters.SmtpdServiceName)), Time);
        Replies = new ScreeningReplies(parameters, _tables, Log, Time);
        Deadlines = new DeadlineSweeper(Time);
        TlsLog = OpenLog(Parameters.TlsproxyServiceName);
        var tlsContext = context with { Parameters = PostscreenTls.AsSmtpd(parameters), Log = TlsLog };
        Tls = ServerTls.Create(tlsContext, _tables, client => $"TLS handshake failed for service={parameters.Get(Parameters.SmtpdServiceName)} peer={client}");
        TlsLogLevels = new TlsLogLevels(
            Tls?.Settings.LogLevel ?? 0, _tables.OpenList(Parameters.PostscreenTlsLoglevelMaps.Name, parameters.Get(Parameters.PostscreenTlsLoglevelMaps)));
        TicketRenewal = Tls?.Settings.Context.Tickets is { } tickets && partners.TlsManager is { } manager
            ? new TicketRenewal(tickets, manager, TlsLog, Time)
            : null;
        _forbiddenCommands = DomainList.Open(Parameters.PostscreenForbiddenCommands, _tables);
        _discardKeywordMaps = Open(Parameters.PostscreenDiscardEhloKeywordAddressMaps);
        _replyNames = Open(Parameters.PostscreenDnsblReplyMap);
        var commandFilter = Open(Parameters.PostscreenCommandFilter);
        CommandFilter = commandFilter.IsEmpty ? null : commandFilter;

        MapList Open(StringParameter parameter) => _tables.OpenList(parameter.Name, parameters.Get(parameter));

        // The entry of master.cf that would do the work in Postfix names the lines about it.
        IMailLog OpenLog(StringParameter service) =>
            context.OpenLog?.Invoke(parameters.Get(Parameters.SyslogName), parameters.Get(service)) ?? context.Log;
    }

    public PostscreenSettings Plain { get; }

    /// <summary>For sessions that start under stress.</summary>
    public PostscreenSettings Stressed { get; }

    public IMailLog Log { get; }

    public TimeProvider Time { get; }

    /// <summary>Second since 1970.</summary>
    public long Now => Time.GetUtcNow().ToUnixTimeSeconds();

    public AccessList AccessList { get; }

    public AllowlistInterfaces Interfaces { get; }

    /// <summary>Null without postscreen_cache_map.</summary>
    public AllowlistCache? Cache { get; }

    public DnsListSettings DnsListSettings { get; }

    public DnsListQuerier DnsLists { get; }

    public Occupancy Occupancy { get; }

    /// <summary>postscreen_upstream_proxy_protocol; null when clients come directly.</summary>
    public UpstreamProxy? UpstreamProxy { get; }

    public ConnectionPasser Passer { get; }

    public ScreeningReplies Replies { get; }

    public DeadlineSweeper Deadlines { get; }

    public ReadinessWatcher Watcher { get; } = new();

    /// <summary>Null without TLS.</summary>
    public TlsServer? Tls { get; }

    /// <summary>tlsproxy's.</summary>
    public IMailLog TlsLog { get; }

    public TlsLogLevels TlsLogLevels { get; }

    /// <summary>Null without TLS or tlsmgr.</summary>
    public TicketRenewal? TicketRenewal { get; }

    public MapList? CommandFilter { get; }

    /// <summary>HTTP, SIP, mail headers: postscreen_forbidden_commands. A list that cannot be asked holds nothing against anybody.</summary>
    public async ValueTask<bool> IsForeignCommandAsync(string word, CancellationToken cancellationToken)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return (colon > 0 && word.AsSpan(0, colon).IndexOfAnyExceptInRange('!', '~') < 0)
            || (word.Length > 0 && (await _forbiddenCommands.MatchAsync(word, cancellationToken)).IsFound);
    }

    /// <summary>postscreen_discard_ehlo_keyword_address_maps, else postscreen_discard_ehlo_keywords. Null: the table cannot be asked.</summary>
    public async ValueTask<EhloKeywords?> DiscardedKeywordsAsync(ScreenedClient client, CancellationToken cancellationToken)
    {
        if (_discardKeywordMaps.IsEmpty)
        {
            return client.Settings.DiscardedKeywords;
        }

        var result = await _discardKeywordMaps.LookupAsync(client.Address.ToString(), cancellationToken);
        return result.IsTrouble ? null : result.Value is { } words ? EhloKeywordNames.Parse(words) : client.Settings.DiscardedKeywords;
    }

    /// <summary>
    /// postscreen_dnsbl_reply_map: how a client is told of a list, whose domain may hold a password. Null: nobody can say, and the domain must
    /// not be told.
    /// </summary>
    public async ValueTask<string?> PublicNameAsync(string domain, CancellationToken cancellationToken)
    {
        var result = await _replyNames.LookupAsync(domain, cancellationToken);
        return result.IsTrouble ? null : result.Value ?? domain;
    }

    // While this process is root the file would be root's, and out of reach later.
    private AllowlistCache? OpenCache(ParameterSet parameters)
    {
        using IDisposable? owner = Privileges.IsRoot ? MailOwner.Of(parameters).AssumeForFiles() : null;
        return AllowlistCache.Open(_tables, CacheSettings.Read(parameters), Log, Time);
    }

    public async ValueTask DisposeAsync()
    {
        Watcher.Dispose();
        Deadlines.Dispose();
        Tls?.Dispose();
        await _tables.DisposeAsync();
        await _resolver.DisposeAsync();
    }
}
