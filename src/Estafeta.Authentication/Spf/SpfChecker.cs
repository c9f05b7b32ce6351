using System.Net;
using Estafeta.Configuration.Domains;

namespace Estafeta.Authentication.Spf;

/// <summary>
/// check_host() of RFC 7208: may this client send mail for this sender? Thread-safe. The check of one message takes at most
/// <see cref="TimeLimit"/>; what is not known then is temporary.
/// </summary>
/// <param name="dns">The name service.</param>
/// <param name="receiver">This host's name, for explanations.</param>
/// <param name="time">The clock.</param>
public sealed class SpfChecker(DnsLookup dns, string receiver, TimeProvider time)
{
    /// <summary>RFC 7208 §4.6.4: at least 20 seconds.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    private const string DefaultLocalPart = "postmaster";

    /// <param name="client">IPv4 or IPv6.</param>
    /// <param name="sender">Envelope sender, internal form; for the null sender the HELO name is checked.</param>
    /// <param name="helo">What the client said with HELO.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async Task<SpfOutcome> CheckAsync(IPAddress client, string sender, string helo, CancellationToken cancellationToken)
    {
        client = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        var isHelo = sender.Length == 0;
        var at = sender.LastIndexOf('@');
        var given = isHelo ? helo : sender[(at + 1)..];
        var local = !isHelo && at > 0 ? sender[..at] : DefaultLocalPart;
        var domain = (InternationalDomain.ToAscii(given) ?? "").TrimEnd('.').ToLowerInvariant();
        var mailbox = $"{local}@{given}";
        if (!IsDomain(domain))
        {
            return new SpfOutcome(SpfResult.None, domain, mailbox, isHelo, isHelo ? "HELO is no domain name" : "the sender has no valid domain");
        }

        var values = new SpfMacroValues(client, local, domain, helo, domain, receiver, time.GetUtcNow());
        using var limit = new CancellationTokenSource(TimeLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var evaluation = new SpfEvaluation(dns);
        try
        {
            var verdict = await evaluation.CheckHostAsync(domain, values, either.Token);
            var explanation = verdict is { Result: SpfResult.Fail, Explanation: { } text } ? await evaluation.ExplainAsync(text, values with { Domain = verdict.Domain }, either.Token) : null;
            return new SpfOutcome(verdict.Result, domain, mailbox, isHelo, verdict.Reason) { Explanation = explanation };
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new SpfOutcome(SpfResult.TempError, domain, mailbox, isHelo, "the name service took too long");
        }
    }

    /// <summary>At least two labels, each of 1 to 63 octets (§4.3).</summary>
    internal static bool IsDomain(string domain)
    {
        if (domain.Length > 253 || !domain.Contains('.', StringComparison.Ordinal) || domain[0] == '[' || domain.AsSpan().IndexOfAnyExceptInRange('!', '~') >= 0)
        {
            return false;
        }

        foreach (var label in domain.AsSpan().Split('.'))
        {
            var (_, length) = label.GetOffsetAndLength(domain.Length);
            if (length is 0 or > 63)
            {
                return false;
            }
        }

        return true;
    }
}
