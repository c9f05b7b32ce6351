using System.Globalization;
using System.Text;
using Estafeta.Net.TlsReporting;

namespace Estafeta.Daemons.Tlsmgr;

/// <summary>
/// A report as mail (RFC 8460 §5.3): multipart/report of a word for people and the compressed JSON. <c>TLS-Required: No</c> (RFC 8689 §5), for
/// it may be about TLS that does not work.
/// </summary>
internal static class ReportMessage
{
    private const int LineOctets = 57; // 76 characters of base64

    public static string FileName(TlsReport report, string submitter, string domain) => string.Create(
        CultureInfo.InvariantCulture,
        $"{submitter}!{domain}!{report.Start.ToUnixTimeSeconds()}!{report.End.ToUnixTimeSeconds()}!{report.Id[..report.Id.IndexOf('@', StringComparison.Ordinal)]}.json.gz");

    /// <summary>With LF line ends, as cleanup takes it.</summary>
    public static byte[] Compose(TlsReport report, ReadOnlySpan<byte> compressed, string submitter, string domain, string to)
    {
        var boundary = $"tlsrpt.{report.Id.Replace('@', '/')}";
        var text = new StringBuilder(compressed.Length * 2 + 2048);
        text.Append("From: ").Append(report.ContactInfo).Append('\n');
        text.Append("To: ").Append(to).Append('\n');
        text.Append("Subject: Report Domain: ").Append(domain).Append(" Submitter: ").Append(submitter).Append("\n\tReport-ID: <").Append(report.Id).Append(">\n");
        text.Append("Message-ID: <").Append(report.Id).Append(">\n");
        text.Append("TLS-Report-Domain: ").Append(domain).Append('\n');
        text.Append("TLS-Report-Submitter: ").Append(submitter).Append('\n');
        text.Append("TLS-Required: No\nAuto-Submitted: auto-generated\nMIME-Version: 1.0\n");
        text.Append("Content-Type: multipart/report; report-type=\"tlsrpt\";\n\tboundary=\"").Append(boundary).Append("\"\n\n");
        text.Append("--").Append(boundary).Append("\nContent-Type: text/plain; charset=us-ascii\n\n");
        text.Append("This is an aggregate TLS report from ").Append(submitter).Append(" about mail to ").Append(domain).Append(",\n");
        text.Append(CultureInfo.InvariantCulture, $"{report.Start:yyyy-MM-dd} (RFC 8460).\n\n");
        text.Append("--").Append(boundary).Append("\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n");
        text.Append("Content-Disposition: attachment;\n\tfilename=\"").Append(FileName(report, submitter, domain)).Append("\"\n\n");
        for (var at = 0; at < compressed.Length; at += LineOctets)
        {
            text.Append(Convert.ToBase64String(compressed[at..Math.Min(at + LineOctets, compressed.Length)])).Append('\n');
        }

        text.Append("\n--").Append(boundary).Append("--\n");
        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
