namespace Estafeta.Net.TlsReporting;

/// <summary>What happened with one domain in one day, counted. Not thread-safe.</summary>
public sealed class TlsTally(string domain)
{
    private const int MaximumPolicies = 20;
    private const int MaximumFailureKinds = 100;

    private readonly List<TlsPolicyTally> _policies = [];

    public string Domain => domain;

    public IReadOnlyList<TlsPolicyTally> Policies => _policies;

    public void Count(TlsOutcome outcome)
    {
        var policy = Find(outcome.PolicyType, outcome.PolicyStrings, outcome.MxHosts);
        if (policy == null)
        {
            return;
        }

        if (!outcome.IsFailure)
        {
            policy.Successes++;
            return;
        }

        policy.Failures++;
        var kind = new TlsFailure(
            outcome.ResultType,
            outcome.SendingAddress,
            outcome.ReceivingHost,
            outcome.ReceivingHelo,
            outcome.ReceivingAddress,
            outcome.AdditionalInformation,
            outcome.ReasonCode);

        // Hosts and texts are the peers' choice: beyond the bound only the sum goes on.
        if (policy.Kinds.TryGetValue(kind, out var sessions) || policy.Kinds.Count < MaximumFailureKinds)
        {
            policy.Kinds[kind] = sessions + 1;
        }
    }

    /// <summary>The tally of a policy, begun if need be; null beyond the bound.</summary>
    public TlsPolicyTally? Find(string type, IReadOnlyList<string> strings, IReadOnlyList<string> hosts)
    {
        var policy = _policies.Find(p => p.Type == type && p.Strings.SequenceEqual(strings) && p.MxHosts.SequenceEqual(hosts));
        if (policy == null && _policies.Count < MaximumPolicies)
        {
            _policies.Add(policy = new TlsPolicyTally(type, strings, hosts));
        }

        return policy;
    }
}

/// <summary>The sessions under one policy.</summary>
public sealed class TlsPolicyTally(string type, IReadOnlyList<string> strings, IReadOnlyList<string> mxHosts)
{
    public string Type => type;

    public IReadOnlyList<string> Strings => strings;

    public IReadOnlyList<string> MxHosts => mxHosts;

    public long Successes { get; set; }

    public long Failures { get; set; }

    public Dictionary<TlsFailure, long> Kinds { get; } = [];
}

/// <summary>What tells failures apart in a report.</summary>
public readonly record struct TlsFailure(
    string ResultType,
    string SendingAddress,
    string ReceivingHost,
    string ReceivingHelo,
    string ReceivingAddress,
    string AdditionalInformation,
    string ReasonCode);
