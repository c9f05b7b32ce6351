using Estafeta.Configuration.Domains;

namespace Estafeta.Net.Dns;

/// <summary>
/// The stub resolver of all daemons: asks the name servers of resolv.conf, follows CNAMEs, keeps answers for their TTL, and asks once
/// when many want the same at the same time. NXDOMAIN, "no such record" and trouble are three different answers, because mail depends on
/// the difference. No search list but in <see cref="SearchAsync"/>. Thread-safe; one per process.
/// </summary>
public sealed class DnsResolver : IAsyncDisposable
{
    private const int CacheCapacity = 20_000;
    private const int MaximumAliases = 10;

    private readonly ResolverConfigurationFile? _file;
    private readonly ResolverConfiguration? _fixed;
    private readonly TimeProvider _time;
    private readonly DnsCache _cache;
    private readonly Dictionary<DnsQuestion, Task<DnsAnswer>> _inFlight = [];
    private readonly CancellationTokenSource _stopping = new();

    public DnsResolver(TimeProvider time, string configurationPath = ResolverConfiguration.DefaultPath)
    {
        _time = time;
        _file = new ResolverConfigurationFile(configurationPath, time);
        _cache = new DnsCache(CacheCapacity, time);
    }

    public DnsResolver(TimeProvider time, ResolverConfiguration configuration)
    {
        _time = time;
        _fixed = configuration;
        _cache = new DnsCache(CacheCapacity, time);
    }

    private ResolverConfiguration Configuration => _fixed ?? _file!.Current; // one of the two is set by either constructor

    /// <summary>International names are asked for in their IDNA 2003 form (enable_idna2003_compatibility).</summary>
    public bool UsesTransitionalNames { get; init; }

    /// <summary>Warns when nothing comes validated; null does not look.</summary>
    public DnssecProbe? DnssecProbe { get; init; }

    /// <param name="name">A name, with or without a final dot; an international one is turned into A-labels.</param>
    /// <param name="dnssecOk">Ask for validated data: sets DO. <see cref="DnsAnswer.IsAuthentic"/> tells.</param>
    public ValueTask<DnsAnswer> QueryAsync(string name, DnsRecordType type, CancellationToken cancellationToken, bool dnssecOk = false)
    {
        var asciiName = InternationalDomain.ToAscii(name, UsesTransitionalNames) ?? name;
        var question = new DnsQuestion(asciiName.TrimEnd('.').ToLowerInvariant(), type, dnssecOk);
        if (_cache.Find(question) is { } cached)
        {
            return ValueTask.FromResult(cached);
        }

        Span<byte> wire = stackalloc byte[DnsName.MaximumOctets];
        if (!DnsName.TryWrite(question.Name, wire, out _))
        {
            return ValueTask.FromResult(new DnsAnswer(DnsOutcome.NotFound, name, type, [])
            {
                Detail = $"Name service error for {name}: invalid host or domain name",
            });
        }

        Task<DnsAnswer>? pending;
        lock (_inFlight)
        {
            if (!_inFlight.TryGetValue(question, out pending))
            {
                pending = _inFlight[question] = ResolveAsync(question, name);
            }
        }

        // The question belongs to everybody who waits for it: one who gives up does not end it.
        return new ValueTask<DnsAnswer>(pending.WaitAsync(cancellationToken));
    }

    /// <summary>The same, but the name may be one that the domains of resolv.conf complete; the answer to what was asked for where nothing is found.</summary>
    public async ValueTask<DnsAnswer> SearchAsync(
        string name, DnsRecordType type, NameCompletion completion, CancellationToken cancellationToken, bool dnssecOk = false)
    {
        var isSingle = !name.Contains('.', StringComparison.Ordinal);
        DnsAnswer? plain = null;
        if (!isSingle || (completion & NameCompletion.DefaultDomain) == 0)
        {
            plain = await QueryAsync(name, type, cancellationToken, dnssecOk);
            if (plain.IsFound || isSingle || (completion & NameCompletion.Search) == 0 || name.EndsWith('.'))
            {
                return plain;
            }
        }

        var domains = Configuration.SearchDomains;
        var isTroubled = false;
        for (var i = 0; i < domains.Count && (i == 0 || (completion & NameCompletion.Search) != 0); i++)
        {
            var answer = await QueryAsync($"{name}.{domains[i]}", type, cancellationToken, dnssecOk);
            if (answer.IsFound || answer.Outcome == DnsOutcome.NullMx)
            {
                return answer;
            }

            isTroubled |= answer.Outcome == DnsOutcome.Trouble;
        }

        plain ??= await QueryAsync(name, type, cancellationToken, dnssecOk);
        return isTroubled && !plain.IsFound ? DnsAnswer.Trouble(name, type, null) : plain;
    }

    /// <summary>Starts a query whose answer somebody will ask for soon; the resolver looks after it.</summary>
    public void Foresee(string name, DnsRecordType type) => _ = QueryAsync(name, type, CancellationToken.None).AsTask();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        Task[] pending;
        lock (_inFlight)
        {
            pending = [.. _inFlight.Values];
        }

        await Task.WhenAll(pending).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    private async Task<DnsAnswer> ResolveAsync(DnsQuestion question, string name)
    {
        await Task.Yield(); // the caller holds the lock
        try
        {
            var answer = await FollowAsync(question, name);
            _cache.Add(question, answer);
            if (question.DnssecOk && DnssecProbe?.IsDueAfter(answer) == true)
            {
                DnssecProbe.Judge(await FollowAsync(DnssecProbe.Question, DnssecProbe.Name));
            }

            return answer;
        }
        finally
        {
            lock (_inFlight)
            {
                _inFlight.Remove(question);
            }
        }
    }

    private async Task<DnsAnswer> FollowAsync(DnsQuestion question, string queryName)
    {
        var name = question.Name;
        var authentic = true;
        var aliasTtl = uint.MaxValue;
        for (var aliases = 0; aliases <= MaximumAliases; aliases++)
        {
            var reply = await DnsExchange.AskAsync(Configuration, name, question.Type, question.DnssecOk, _time, _stopping.Token);
            if (reply == null)
            {
                return DnsAnswer.Trouble(queryName, question.Type, null);
            }

            authentic &= reply.IsAuthentic;
            var target = DnsAnswerReader.FollowAliases(reply, name, question.Type, ref aliasTtl);
            if (target == null)
            {
                break;
            }

            var answer = DnsAnswerReader.Read(reply, queryName, name, target, question.Type);
            if (answer != null)
            {
                return answer with { IsAuthentic = authentic, Ttl = Math.Min(answer.Ttl, aliasTtl) };
            }

            name = target; // the server did not follow the CNAME for us
        }

        return new DnsAnswer(DnsOutcome.Trouble, queryName, question.Type, []) { Detail = $"Name server loop for {queryName}" };
    }
}
