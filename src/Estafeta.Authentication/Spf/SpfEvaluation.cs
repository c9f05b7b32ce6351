using System.Net;
using System.Net.Sockets;
using Estafeta.Net.Dns;

namespace Estafeta.Authentication.Spf;

/// <summary>
/// One check: the recursion over records, with the limits that hold for all of it (RFC 7208 §4.6.4): ten terms that ask the name
/// service, two look-ups without an answer, ten hosts of an MX, ten names of an address.
/// </summary>
internal sealed class SpfEvaluation(DnsLookup dns)
{
    private const int MostLookups = 10;
    private const int MostVoidLookups = 2;
    private const int MostHosts = 10;

    private int _lookups;
    private int _voidLookups;
    private IReadOnlyList<string>? _validatedNames;

    public async ValueTask<SpfVerdict> CheckHostAsync(string domain, SpfMacroValues values, CancellationToken cancellationToken)
    {
        if (!SpfChecker.IsDomain(domain))
        {
            return new SpfVerdict(SpfResult.None, domain, $"{domain} is no domain name");
        }

        var answer = await dns(domain, DnsRecordType.TXT, cancellationToken);
        if (answer.Outcome == DnsOutcome.Trouble)
        {
            return new SpfVerdict(SpfResult.TempError, domain, $"look-up of {domain} failed");
        }

        string? found = null;
        foreach (var record in answer.Records)
        {
            if (record is DnsTextRecord text && SpfRecordParser.IsRecord(text.Text))
            {
                if (found != null)
                {
                    return new SpfVerdict(SpfResult.PermError, domain, $"{domain} has several records");
                }

                found = text.Text;
            }
        }

        if (found == null)
        {
            return new SpfVerdict(SpfResult.None, domain, $"{domain} has no record");
        }

        return SpfRecordParser.Parse(found, out var problem) is { } parsed
            ? await EvaluateAsync(parsed, domain, values with { Domain = domain }, cancellationToken)
            : new SpfVerdict(SpfResult.PermError, domain, $"{problem} in the record of {domain}");
    }

    /// <summary>The text for a fail; null where anything is wrong with it (§6.2).</summary>
    public async ValueTask<string?> ExplainAsync(SpfMacroString macro, SpfMacroValues values, CancellationToken cancellationToken)
    {
        values = await CompleteAsync(macro, values, cancellationToken);
        var answer = await dns(macro.ExpandDomain(values), DnsRecordType.TXT, cancellationToken);
        if (answer.Records is not [DnsTextRecord record] || !SpfMacroString.TryParse(record.Text, isExplanation: true, out var text))
        {
            return null;
        }

        var explanation = text.Expand(await CompleteAsync(text, values, cancellationToken));
        return explanation.Length > 0 && explanation.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0 ? explanation : null;
    }

    private async ValueTask<SpfVerdict> EvaluateAsync(SpfRecord record, string domain, SpfMacroValues values, CancellationToken cancellationToken)
    {
        foreach (var directive in record.Directives)
        {
            var match = await MatchAsync(directive, values, cancellationToken);
            if (match.Error is { } error)
            {
                return new SpfVerdict(error, domain, match.Reason);
            }

            if (match.IsMatch)
            {
                return new SpfVerdict(directive.Result, domain, $"{directive.Text} of {domain}") { Explanation = record.Explanation };
            }
        }

        if (record.Redirect is not { } redirect)
        {
            return new SpfVerdict(SpfResult.Neutral, domain, $"nothing in the record of {domain} matches");
        }

        if (!Count())
        {
            return new SpfVerdict(SpfResult.PermError, domain, TooMany);
        }

        var target = redirect.ExpandDomain(await CompleteAsync(redirect, values, cancellationToken));
        var verdict = await CheckHostAsync(target, values, cancellationToken);
        return verdict.Result == SpfResult.None ? new SpfVerdict(SpfResult.PermError, domain, $"redirect to {target}, which has no record") : verdict;
    }

    private ValueTask<SpfMatch> MatchAsync(SpfDirective directive, SpfMacroValues values, CancellationToken cancellationToken) => directive.Mechanism switch
    {
        SpfMechanism.All => new(SpfMatch.Yes),
        SpfMechanism.Ip4 or SpfMechanism.Ip6 => new(Is(directive, directive.Address!, values.Client)), // the parser gave it one
        _ when !Count() => new(SpfMatch.Permanent(TooMany)),
        _ => AskAsync(directive, values, cancellationToken),
    };

    private async ValueTask<SpfMatch> AskAsync(SpfDirective directive, SpfMacroValues values, CancellationToken cancellationToken)
    {
        var name = values.Domain;
        if (directive.Domain is { } macro)
        {
            name = macro.ExpandDomain(await CompleteAsync(macro, values, cancellationToken));
        }

        return directive.Mechanism switch
        {
            SpfMechanism.Include => await IncludeAsync(name, values, cancellationToken),
            SpfMechanism.Ptr => await MatchNameAsync(name, values.Client, cancellationToken),
            _ when !SpfChecker.IsDomain(name) => SpfMatch.No, // §4.8: a name that cannot exist matches nothing
            SpfMechanism.Exists => await ExistsAsync(name, cancellationToken),
            SpfMechanism.Mx => await MatchMxAsync(directive, name, values.Client, cancellationToken),
            _ => await MatchAddressesAsync(directive, name, values.Client, cancellationToken),
        };
    }

    private async ValueTask<SpfMatch> IncludeAsync(string name, SpfMacroValues values, CancellationToken cancellationToken)
    {
        var verdict = await CheckHostAsync(name, values, cancellationToken);
        return verdict.Result switch
        {
            SpfResult.Pass => SpfMatch.Yes,
            SpfResult.TempError => SpfMatch.Temporary(verdict.Reason),
            SpfResult.PermError => SpfMatch.Permanent(verdict.Reason),
            SpfResult.None => SpfMatch.Permanent($"include of {name}, which has no record"),
            _ => SpfMatch.No,
        };
    }

    private async ValueTask<SpfMatch> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        var (answer, problem) = await LookUpAsync(name, DnsRecordType.A, cancellationToken);
        return problem ?? (answer.IsFound ? SpfMatch.Yes : SpfMatch.No);
    }

    private async ValueTask<SpfMatch> MatchAddressesAsync(SpfDirective directive, string name, IPAddress client, CancellationToken cancellationToken)
    {
        var (answer, problem) = await LookUpAsync(name, AddressType(client), cancellationToken);
        return problem ?? MatchAny(directive, answer, client);
    }

    private static SpfMatch MatchAny(SpfDirective directive, DnsAnswer answer, IPAddress client)
    {
        foreach (var record in answer.Records)
        {
            if (record is DnsAddressRecord address && Is(directive, address.Address, client).IsMatch)
            {
                return SpfMatch.Yes;
            }
        }

        return SpfMatch.No;
    }

    private async ValueTask<SpfMatch> MatchMxAsync(SpfDirective directive, string name, IPAddress client, CancellationToken cancellationToken)
    {
        var (answer, problem) = await LookUpAsync(name, DnsRecordType.MX, cancellationToken);
        if (problem != null)
        {
            return problem.Value;
        }

        if (answer.Records.Count > MostHosts)
        {
            return SpfMatch.Permanent($"{name} has more than {MostHosts} mail servers");
        }

        // All at once: each will be needed unless an earlier one matches.
        var hosts = new List<Task<DnsAnswer>>(answer.Records.Count);
        foreach (var record in answer.Records)
        {
            if (record is DnsMxRecord mx)
            {
                hosts.Add(dns(mx.Exchange, AddressType(client), cancellationToken).AsTask());
            }
        }

        foreach (var host in await Task.WhenAll(hosts))
        {
            // Those behind the first that matches do not count.
            var (addresses, trouble) = Judge(host);
            if ((trouble ?? MatchAny(directive, addresses, client)) is { IsNo: false } match)
            {
                return match;
            }
        }

        return SpfMatch.No;
    }

    private async ValueTask<SpfMatch> MatchNameAsync(string domain, IPAddress client, CancellationToken cancellationToken)
    {
        foreach (var name in await FindNamesAsync(client, cancellationToken))
        {
            if (IsBelow(name, domain))
            {
                return SpfMatch.Yes;
            }
        }

        return SpfMatch.No;
    }

    // %{p}: the domain itself, else a name below it, else any.
    private async ValueTask<SpfMacroValues> CompleteAsync(SpfMacroString macro, SpfMacroValues values, CancellationToken cancellationToken)
    {
        if (!macro.NeedsValidatedName)
        {
            return values;
        }

        string? below = null;
        string? any = null;
        foreach (var name in await FindNamesAsync(values.Client, cancellationToken))
        {
            if (name.Equals(values.Domain, StringComparison.OrdinalIgnoreCase))
            {
                return values with { ValidatedName = name };
            }

            below ??= IsBelow(name, values.Domain) ? name : null;
            any ??= name;
        }

        return values with { ValidatedName = below ?? any ?? "unknown" };
    }

    /// <summary>The client's names that lead back to it, of the first ten; none where the name service is in trouble (§5.5).</summary>
    private async ValueTask<IReadOnlyList<string>> FindNamesAsync(IPAddress client, CancellationToken cancellationToken)
    {
        if (_validatedNames != null)
        {
            return _validatedNames;
        }

        var names = new List<string>();
        var pointers = await dns(DnsName.ForPointer(client), DnsRecordType.PTR, cancellationToken);
        _voidLookups += pointers.Outcome is DnsOutcome.NotFound or DnsOutcome.NoData ? 1 : 0;
        for (var i = 0; i < Math.Min(pointers.Records.Count, MostHosts); i++)
        {
            if (pointers.Records[i] is DnsNameRecord pointer)
            {
                var answer = await dns(pointer.Target, AddressType(client), cancellationToken);
                if (answer.Records.Any(r => r is DnsAddressRecord a && a.Address.Equals(client)))
                {
                    names.Add(pointer.Target);
                }
            }
        }

        return _validatedNames = names;
    }

    private async ValueTask<(DnsAnswer Answer, SpfMatch? Problem)> LookUpAsync(string name, DnsRecordType type, CancellationToken cancellationToken) =>
        Judge(await dns(name, type, cancellationToken));

    private (DnsAnswer Answer, SpfMatch? Problem) Judge(DnsAnswer answer)
    {
        if (answer.Outcome == DnsOutcome.Trouble)
        {
            return (answer, SpfMatch.Temporary($"look-up of {answer.QueryName} failed"));
        }

        var isVoid = answer.Outcome is DnsOutcome.NotFound or DnsOutcome.NoData;
        _voidLookups += isVoid ? 1 : 0;
        return (answer, isVoid && _voidLookups > MostVoidLookups ? SpfMatch.Permanent($"more than {MostVoidLookups} look-ups without an answer") : null);
    }

    private static string TooMany => $"more than {MostLookups} look-ups";

    private bool Count() => ++_lookups <= MostLookups;

    private static DnsRecordType AddressType(IPAddress client) => client.AddressFamily == AddressFamily.InterNetwork ? DnsRecordType.A : DnsRecordType.AAAA;

    private static bool IsBelow(string name, string domain) =>
        name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
        && (name.Length == domain.Length || (name.Length > domain.Length && name[^(domain.Length + 1)] == '.'));

    private static SpfMatch Is(SpfDirective directive, IPAddress network, IPAddress client)
    {
        if (network.AddressFamily != client.AddressFamily)
        {
            return SpfMatch.No;
        }

        Span<byte> left = stackalloc byte[16];
        Span<byte> right = stackalloc byte[16];
        network.TryWriteBytes(left, out _);
        client.TryWriteBytes(right, out _);
        var prefix = client.AddressFamily == AddressFamily.InterNetwork ? directive.Prefix4 : directive.Prefix6;
        var (whole, rest) = (prefix / 8, prefix % 8);
        return left[..whole].SequenceEqual(right[..whole]) && (rest == 0 || (left[whole] ^ right[whole]) >> (8 - rest) == 0) ? SpfMatch.Yes : SpfMatch.No;
    }
}

/// <summary>The result of one domain's record.</summary>
internal sealed record SpfVerdict(SpfResult Result, string Domain, string Reason)
{
    /// <summary>exp= of the record that decided.</summary>
    public SpfMacroString? Explanation { get; init; }
}

/// <summary>Whether a mechanism matches, or why nobody can say.</summary>
internal readonly record struct SpfMatch(bool IsMatch, SpfResult? Error, string Reason)
{
    public static readonly SpfMatch Yes = new(true, null, "");
    public static readonly SpfMatch No = new(false, null, "");

    public bool IsNo => !IsMatch && Error == null;

    public static SpfMatch Temporary(string reason) => new(false, SpfResult.TempError, reason);

    public static SpfMatch Permanent(string reason) => new(false, SpfResult.PermError, reason);
}
