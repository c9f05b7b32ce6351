using System.Text;
using Estafeta.Mail.Dsn;

namespace Estafeta.Services.SmtpServer;

/// <summary>
/// Adds the administrator's text to a 4xx or 5xx reply (smtpd_reject_footer, postscreen_reject_footer): lines with the code and the status of
/// the reply's, or, after <c>\c</c>, text that goes on in its last line.
/// </summary>
public static class RejectFooter
{
    // At the footer's start: it goes on in the reply's last line instead of beginning one of its own.
    private const string SameLine = "\\c";
    private const string LineBreak = "\\n";

    /// <summary>The reply with its footer; lines separated by LF.</summary>
    /// <param name="reply">One line, 4xx or 5xx.</param>
    /// <param name="footer">As configured.</param>
    /// <param name="expand">Expands the macros of the footer's text.</param>
    public static string Append(string reply, string footer, Func<string, string> expand)
    {
        var codeLength = Math.Min(4, reply.Length);
        var statusLength = EnhancedStatus.TryParse(reply.AsSpan(codeLength), out _, out var length) ? length : 0;
        var (code, status) = (reply[..3], statusLength > 0 ? $"{reply.AsSpan(codeLength, statusLength)} " : "");
        var text = new StringBuilder(reply);
        var isSameLine = footer.StartsWith(SameLine, StringComparison.Ordinal);
        foreach (var line in expand(isSameLine ? footer[SameLine.Length..] : footer).Split(LineBreak))
        {
            if (!isSameLine)
            {
                text.Append('\n').Append(code).Append(' ').Append(status);
            }

            isSameLine = false;
            text.Append(line);
        }

        return text.ToString();
    }

    /// <summary>What <c>$localtime</c> means in a footer.</summary>
    public static string LocalTime(TimeProvider time)
    {
        var now = TimeZoneInfo.ConvertTime(time.GetUtcNow(), time.LocalTimeZone);
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{now:MMM} {now.Day,2} {now:HH:mm:ss}");
    }
}
