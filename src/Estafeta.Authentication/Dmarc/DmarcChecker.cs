using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Spf;

namespace Estafeta.Authentication.Dmarc;

/// <summary>DMARC (RFC 7489): does what SPF and DKIM say speak for the domain of From? Thread-safe.</summary>
/// <param name="dns">The name service.</param>
/// <param name="suffixes">Null: organizational domains are found by walking up the names.</param>
/// <param name="percentile">A number from 0 to 99 for each message, for pct=.</param>
public sealed class DmarcChecker(DnsLookup dns, PublicSuffixList? suffixes, Func<int> percentile)
{
    private readonly DmarcPolicyFinder _finder = new(dns, suffixes);

    /// <summary>Asks for the policies, while the rest of the message comes.</summary>
    /// <param name="headers">The message's.</param>
    /// <param name="isCut">There were more than can be looked at.</param>
    /// <param name="cancellationToken">Ends the look-ups.</param>
    public DmarcCheck Begin(MessageHeaders headers, bool isCut, CancellationToken cancellationToken)
    {
        var authors = MessageAuthors.Read(headers, isCut);
        return new DmarcCheck(this, authors, [.. authors.Domains.Select(d => _finder.FindAsync(d, cancellationToken))]);
    }

    internal async ValueTask<DmarcOutcome> JudgeAsync(
        MessageAuthors authors, IReadOnlyList<DmarcFinding> findings, SpfOutcome? spf, IReadOnlyList<DkimResult> dkim, CancellationToken cancellationToken)
    {
        if (authors.IsExcessive)
        {
            return new DmarcOutcome(DmarcResult.Fail, authors.Domains.Count > 0 ? authors.Domains[0] : "", authors.Problem)
            {
                Policy = DmarcPolicy.Reject,
                Disposition = DmarcPolicy.Reject,
            };
        }

        if (authors.Domains.Count == 0)
        {
            return new DmarcOutcome(DmarcResult.PermError, "", authors.Problem) { Disposition = DmarcPolicy.Reject };
        }

        DmarcOutcome? strictest = null;
        for (var i = 0; i < findings.Count; i++)
        {
            var outcome = await JudgeAsync(authors.Domains[i], findings[i], authors.Problem, spf, dkim, cancellationToken);
            strictest = strictest == null || outcome.Disposition > strictest.Disposition || (strictest.Result == DmarcResult.None && outcome.Result != DmarcResult.None)
                ? outcome
                : strictest;
        }

        return strictest!; // there is a domain
    }

    private async ValueTask<DmarcOutcome> JudgeAsync(
        string domain, DmarcFinding finding, string problem, SpfOutcome? spf, IReadOnlyList<DkimResult> dkim, CancellationToken cancellationToken)
    {
        if (finding.IsTrouble)
        {
            return new DmarcOutcome(DmarcResult.TempError, domain, "look-up of the policy failed") { IsUndecided = true };
        }

        if (finding.Record is not { } record)
        {
            return problem.Length > 0
                ? new DmarcOutcome(DmarcResult.Fail, domain, problem)
                : new DmarcOutcome(DmarcResult.None, domain, "no policy");
        }

        var policy = finding.Domain == domain ? record.Policy
            : record.MissingDomainPolicy != record.SubdomainPolicy && await _finder.IsMissingAsync(domain, cancellationToken) ? record.MissingDomainPolicy
            : record.SubdomainPolicy;
        var (result, reason) = problem.Length > 0 ? (DmarcResult.Fail, problem) : await AlignAsync(domain, finding, record, spf, dkim, cancellationToken);
        return new DmarcOutcome(result, domain, reason)
        {
            Policy = policy,
            Disposition = result == DmarcResult.Fail ? Sample(policy, record.Percent) : DmarcPolicy.None,
            IsUndecided = result == DmarcResult.TempError && policy == DmarcPolicy.Reject,
        };
    }

    private async ValueTask<(DmarcResult Result, string Reason)> AlignAsync(
        string domain, DmarcFinding finding, DmarcRecord record, SpfOutcome? spf, IReadOnlyList<DkimResult> dkim, CancellationToken cancellationToken)
    {
        var mayPassLater = false;
        foreach (var signature in dkim)
        {
            if (signature.Outcome is DkimOutcome.Pass or DkimOutcome.TempError && signature.Domain.Length > 0)
            {
                var aligned = await IsAlignedAsync(domain, finding.Organization, signature.Domain, record.IsDkimStrict, cancellationToken);
                if (aligned == true && signature.Outcome == DkimOutcome.Pass)
                {
                    return (DmarcResult.Pass, $"DKIM of {signature.Domain}");
                }

                mayPassLater |= aligned != false;
            }
        }

        if (spf is { Result: SpfResult.Pass or SpfResult.TempError })
        {
            var aligned = await IsAlignedAsync(domain, finding.Organization, spf.Domain, record.IsSpfStrict, cancellationToken);
            if (aligned == true && spf.Result == SpfResult.Pass)
            {
                return (DmarcResult.Pass, $"SPF of {spf.Domain}");
            }

            mayPassLater |= aligned != false;
        }

        return mayPassLater ? (DmarcResult.TempError, "a look-up failed") : (DmarcResult.Fail, $"neither SPF nor DKIM speaks for {domain}");
    }

    // Null: nobody knows.
    private async ValueTask<bool?> IsAlignedAsync(string author, string organization, string domain, bool isStrict, CancellationToken cancellationToken)
    {
        if (domain == author || isStrict)
        {
            return domain == author;
        }

        return await _finder.FindOrganizationAsync(domain, cancellationToken) is { } other ? other == organization : null;
    }

    private DmarcPolicy Sample(DmarcPolicy policy, int percent) =>
        policy == DmarcPolicy.None || percent == 100 || percentile() < percent ? policy : policy - 1;
}
