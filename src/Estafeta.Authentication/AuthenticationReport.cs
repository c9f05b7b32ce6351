using System.Globalization;
using System.Text;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Dmarc;
using Estafeta.Authentication.Results;
using Estafeta.Authentication.Spf;

namespace Estafeta.Authentication;

/// <summary>What all methods said about a message, for Authentication-Results (RFC 8601), the log, and whoever decides.</summary>
/// <param name="Methods">What was asked for.</param>
/// <param name="Sender">Envelope sender.</param>
public sealed record AuthenticationReport(AuthenticationMethods Methods, string Sender)
{
    /// <summary>Null when it was not checked, as the others.</summary>
    public SpfOutcome? Spf { get; init; }

    public IReadOnlyList<DkimResult>? Dkim { get; init; }

    public DmarcOutcome? Dmarc { get; init; }

    public ArcResult? Arc { get; init; }

    /// <summary>Behind <c>Authentication-Results: </c> and in ARC: our name, then a line for each result.</summary>
    public string Format(string authservId)
    {
        var text = new StringBuilder(authservId);
        foreach (var result in Results())
        {
            text.Append(";\n\t").Append(result);
        }

        return text.ToString();
    }

    /// <summary>One line, the same results.</summary>
    public string Describe() => string.Join("; ", Results());

    /// <summary>Received-SPF (RFC 7208 §9.1), without a line end; null without SPF.</summary>
    public string? FormatReceivedSpf(string receiver, string client, string helo) => Spf is not { } spf ? null
        : $"Received-SPF: {char.ToUpperInvariant(spf.Word[0])}{spf.Word[1..]} ({ResultText.Value(receiver)}: {Comment(spf.Reason)})\n\treceiver={ResultText.Value(receiver)}; "
            + $"identity={(spf.IsHelo ? "helo" : "mailfrom")};\n\tclient-ip={ResultText.Value(client)}; helo={ResultText.Value(helo)};\n\tenvelope-from={ResultText.Quote(Sender)}";

    private IEnumerable<string> Results()
    {
        if (Spf is { } spf)
        {
            yield return $"spf={spf.Word}{Reason(spf.Result == SpfResult.Pass ? "" : spf.Reason)}"
                + (!spf.IsHelo ? $" smtp.mailfrom={ResultText.Value(Sender)}" : spf.Domain.Length > 0 ? $" smtp.helo={ResultText.Value(spf.Domain)}" : "");
        }

        if (Dkim is { Count: 0 })
        {
            yield return "dkim=none";
        }

        foreach (var signature in Dkim ?? [])
        {
            yield return FormatSignature(signature);
        }

        if (Dmarc is { } dmarc)
        {
            var policy = dmarc.Result is DmarcResult.Pass or DmarcResult.Fail
                ? $" (p={Word(dmarc.Policy)}{(dmarc.Result == DmarcResult.Fail ? $" dis={Word(dmarc.Disposition)}" : "")})"
                : "";
            yield return $"dmarc={dmarc.Word}{policy}{Reason(dmarc.Result == DmarcResult.Pass ? "" : dmarc.Reason)}"
                + (dmarc.Domain.Length > 0 ? $" header.from={ResultText.Value(dmarc.Domain)}" : "");
        }

        if (Arc is { } arc)
        {
            var sets = arc.Sets > 0 ? string.Create(CultureInfo.InvariantCulture, $" (i={arc.Sets}{(arc.Domain.Length > 0 ? " d=" + Comment(arc.Domain) : "")})") : "";
            yield return $"arc={arc.Word}{sets}{Reason(arc.Outcome is ArcOutcome.Pass or ArcOutcome.None ? "" : arc.Reason)}";
        }
    }

    private static string FormatSignature(DkimResult signature)
    {
        var text = new StringBuilder("dkim=").Append(signature.Word).Append(signature.IsTesting ? " (testing)" : "").Append(Reason(signature.Reason));
        Add("header.d", signature.Domain);
        Add("header.s", signature.Selector);
        Add("header.a", signature.Algorithm);
        Add("header.b", signature.Tag);
        return text.ToString();

        void Add(string name, string value) => _ = value.Length > 0 ? text.Append(' ').Append(name).Append('=').Append(ResultText.Value(value)) : text;
    }

    private static string Reason(string reason) => reason.Length > 0 ? $" reason={ResultText.Quote(reason)}" : "";

    private static string Comment(string text) => Mail.Headers.HeaderComment.Clean(text);

    private static string Word(DmarcPolicy policy) => policy switch
    {
        DmarcPolicy.Reject => "reject",
        DmarcPolicy.Quarantine => "quarantine",
        _ => "none",
    };
}
