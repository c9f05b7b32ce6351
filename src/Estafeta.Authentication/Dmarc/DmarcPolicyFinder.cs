using Estafeta.Net.Dns;

namespace Estafeta.Authentication.Dmarc;

/// <summary>
/// Finds policies and organizational domains: by the public suffix list as RFC 7489 has it, or, without a list, by walking up the tree of names
/// as DMARCbis does.
/// </summary>
internal sealed class DmarcPolicyFinder(DnsLookup dns, PublicSuffixList? suffixes)
{
    /// <summary>Names of more labels go on with this many (DMARCbis §4.10).</summary>
    private const int MostLabels = 8;

    public async Task<DmarcFinding> FindAsync(string domain, CancellationToken cancellationToken)
    {
        if (suffixes == null)
        {
            return await WalkAsync(domain, cancellationToken);
        }

        var organization = suffixes.OrganizationOf(domain);
        var own = AskAsync(domain, cancellationToken);
        var above = organization == domain ? own : AskAsync(organization, cancellationToken);
        var (record, isTrouble) = await own;
        if (record == null && !isTrouble)
        {
            (record, isTrouble) = await above;
            return new DmarcFinding(record, organization, organization, isTrouble);
        }

        await above; // the look-up has begun
        return new DmarcFinding(record, domain, organization, isTrouble);
    }

    /// <summary>Null when the name service is in trouble.</summary>
    public async ValueTask<string?> FindOrganizationAsync(string domain, CancellationToken cancellationToken)
    {
        if (suffixes != null)
        {
            return suffixes.OrganizationOf(domain);
        }

        var finding = await WalkAsync(domain, cancellationToken);
        return finding.IsTrouble ? null : finding.Organization;
    }

    /// <summary>Whether there is nothing of that name: no mail can be from it (np=).</summary>
    public async ValueTask<bool> IsMissingAsync(string domain, CancellationToken cancellationToken) =>
        (await dns(domain, DnsRecordType.A, cancellationToken)).Outcome == DnsOutcome.NotFound;

    private async Task<(DmarcRecord? Record, bool IsTrouble)> AskAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await dns("_dmarc." + domain, DnsRecordType.TXT, cancellationToken);
        DmarcRecord? found = null;
        foreach (var record in answer.Records)
        {
            if (record is DnsTextRecord text && text.Text.StartsWith("v=DMARC1", StringComparison.Ordinal))
            {
                if (found != null)
                {
                    return (null, false); // several are none (RFC 7489 §6.6.3)
                }

                found = DmarcRecord.Parse(text.Text);
            }
        }

        return (found, answer.Outcome == DnsOutcome.Trouble);
    }

    private async Task<DmarcFinding> WalkAsync(string domain, CancellationToken cancellationToken)
    {
        DmarcRecord? own = null;
        DmarcRecord? top = null;
        var organization = domain;
        var below = domain;
        for (string? name = domain; name != null; (below, name) = (name, Above(name)))
        {
            var (record, isTrouble) = await AskAsync(name, cancellationToken);
            if (isTrouble)
            {
                return new DmarcFinding(null, domain, domain, true);
            }

            if (record == null)
            {
                continue;
            }

            own ??= name == domain ? record : null;
            if (record.IsPublicSuffix == true && name != domain)
            {
                organization = below;
                top ??= record;
                break;
            }

            (organization, top) = (name, record);
            if (record.IsPublicSuffix == false)
            {
                break;
            }
        }

        return new DmarcFinding(own ?? top, own != null ? domain : organization, organization, false);
    }

    private static string? Above(string name)
    {
        var labels = name.Split('.');
        return labels.Length == 1 ? null : string.Join('.', labels[(labels.Length > MostLabels ? labels.Length - MostLabels + 1 : 1)..]);
    }
}

/// <param name="Record">Null when there is none.</param>
/// <param name="Domain">Where it was found.</param>
/// <param name="Organization">The domain's organizational domain.</param>
/// <param name="IsTrouble">The name service could not say.</param>
internal sealed record DmarcFinding(DmarcRecord? Record, string Domain, string Organization, bool IsTrouble);
