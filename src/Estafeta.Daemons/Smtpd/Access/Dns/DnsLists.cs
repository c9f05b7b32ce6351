using System.Globalization;
using Estafeta.Net.Dns;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Access.Dns;

/// <summary>
/// Asks DNS lists about addresses and names, and words the refusal (rbl_reply_maps, default_rbl_reply). A list that cannot be asked
/// lists nobody.
/// </summary>
internal sealed class DnsLists(AccessDns dns, MapList replyMaps, string defaultReply, string expansionFilter)
{
    /// <summary>The answer of a list about a query name.</summary>
    public static async ValueTask<DnsListAnswer> QueryAsync(AccessCheck check, DnsListSite site, string query, CancellationToken cancellationToken)
    {
        var answer = await check.QueryAsync(query, DnsRecordType.A, cancellationToken);
        switch (answer.Outcome)
        {
            case DnsOutcome.Found:
                foreach (var record in answer.Records)
                {
                    if (record is DnsAddressRecord address && site.Matches(address.Address))
                    {
                        return new DnsListAnswer(DnsListOutcome.Listed, query);
                    }
                }

                return default;
            case DnsOutcome.NotFound or DnsOutcome.NoData:
                return default;
            default:
                check.Log.Warning($"{query}: RBL lookup error: {answer.Reason}");
                return new DnsListAnswer(DnsListOutcome.Unknown, query);
        }
    }

    /// <param name="what">The address or name that is listed.</param>
    public async ValueTask<AccessVerdict> RejectAsync(
        AccessCheck check, DnsListSite site, DnsListAnswer answer, string what, ReplyClass replyClass, CancellationToken cancellationToken)
    {
        var reason = await FindReasonAsync(answer.Query, cancellationToken);
        var code = check.Services.Settings.MapsRblRejectCode;
        string? Lookup(string name) => name switch
        {
            "rbl_code" => code.ToString(CultureInfo.InvariantCulture),
            "rbl_class" => replyClass.Words,
            "rbl_domain" => site.Domain,
            "rbl_reason" or "rbl_txt" => reason,
            "rbl_what" => what,
            _ => SessionMacros.Find(check.Subject, name),
        };

        var template = await FindTemplateAsync(check, site, cancellationToken);
        var text = template == null ? null : MacroText.Expand(template, Lookup, expansionFilter);
        if (text is not { Length: >= 4 } || text[3] != ' ' || !TryReadCode(text, out var replyCode))
        {
            if (template != null)
            {
                check.Log.Warning($"rbl response code configuration error: {text}");
            }

            return check.Reject(replyClass, 450, "4.7.1", "Service unavailable");
        }

        var status = replyCode / 100 + ".7.1";
        text = text[4..].TrimStart();
        if (Estafeta.Mail.Dsn.EnhancedStatus.TryParse(text, out var given, out var length))
        {
            status = given.ToString();
            text = text[length..].TrimStart();
        }

        return check.Reject(replyClass, replyCode, status, text);
    }

    private static bool TryReadCode(string text, out int code) =>
        int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out code) && code is >= 400 and <= 599;

    // Null: the table is in trouble, which is no reason to refuse for good.
    private async ValueTask<string?> FindTemplateAsync(AccessCheck check, DnsListSite site, CancellationToken cancellationToken)
    {
        if (replyMaps.IsEmpty)
        {
            return defaultReply;
        }

        var result = await replyMaps.LookupAsync(site.Text, cancellationToken);
        if (result.IsTrouble)
        {
            check.Log.Warning($"{replyMaps.ParameterName}: table lookup problem");
            return null;
        }

        return result.Value ?? defaultReply;
    }

    private async ValueTask<string> FindReasonAsync(string query, CancellationToken cancellationToken)
    {
        var answer = await dns.QueryAsync(query, DnsRecordType.TXT, cancellationToken);
        return answer.IsFound && answer.Records[0] is DnsTextRecord record ? record.Text : "";
    }
}

internal enum DnsListOutcome
{
    NotListed,
    Listed,

    /// <summary>The name server could not say.</summary>
    Unknown,
}

internal readonly record struct DnsListAnswer(DnsListOutcome Outcome, string Query);
