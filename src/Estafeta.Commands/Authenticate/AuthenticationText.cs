using System.Globalization;
using System.Net;
using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Dmarc;
using Estafeta.Authentication.Results;

namespace Estafeta.Commands.Authenticate;

/// <summary>A report for people: a line for each result.</summary>
internal static class AuthenticationText
{
    public static string Write(AuthenticationReport report, IPAddress? client)
    {
        var text = new StringBuilder();
        if (report.Spf is { } spf)
        {
            Add(text, "SPF", spf.Word, $"{(spf.IsHelo ? "HELO " : "")}{spf.Domain} from {client}: {spf.Reason}{(spf.Explanation is { } explanation ? $" (\"{explanation}\")" : "")}");
        }
        else
        {
            Add(text, "SPF", "unknown", "without --client nobody can say");
        }

        foreach (var signature in report.Dkim ?? [])
        {
            Add(text, "DKIM", signature.Word, $"{signature.Domain}, key {signature.Selector}, {signature.Algorithm}{(signature.IsTesting ? ", testing" : "")}{Because(signature.Reason)}");
        }

        if (report.Dkim is { Count: 0 })
        {
            Add(text, "DKIM", "none", "no signature");
        }

        if (report.Dmarc is { } dmarc)
        {
            var policy = dmarc.Result is DmarcResult.Pass or DmarcResult.Fail ? $"; policy {Word(dmarc.Policy)}{(dmarc.Result == DmarcResult.Fail ? ", this message: " + Word(dmarc.Disposition) : "")}" : "";
            Add(text, "DMARC", dmarc.Word, $"{dmarc.Domain}{Because(dmarc.Reason)}{policy}");
        }

        if (report.Arc is { } arc)
        {
            Add(text, "ARC", arc.Word, string.Create(CultureInfo.InvariantCulture, $"{arc.Sets} sets{(arc.Domain.Length > 0 ? ", the last of " + arc.Domain : "")}{Because(arc.Reason)}"));
        }

        return text.ToString();
    }

    private static void Add(StringBuilder text, string method, string word, string detail)
    {
        // Strangers' text on a terminal.
        var quoted = ResultText.Quote(detail)[1..^1].Replace("\\\"", "\"", StringComparison.Ordinal).Replace("\\\\", "\\", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"{method,-6} {word,-10} {quoted}\n");
    }

    private static string Because(string reason) => reason.Length > 0 ? ": " + reason : "";

    private static string Word(DmarcPolicy policy) => policy.ToString().ToLowerInvariant();
}
