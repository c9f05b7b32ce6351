using System.Globalization;
using System.Text;
using Estafeta.Configuration.Values;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Services.SmtpServer;

/// <summary>
/// Adds the administrator's text to a 4xx or 5xx reply (smtpd_reject_footer_maps, else smtpd_reject_footer, and postscreen's): lines with the code and
/// the status of the reply's, or, after <c>\c</c>, text that goes on in its last line.
/// </summary>
/// <param name="maps">From the reply to its footer.</param>
/// <param name="footer">Of replies that are not in them.</param>
/// <param name="expansionFilter">As configured: octets that macros may bring in.</param>
/// <param name="myhostname"><c>$server_name</c>.</param>
public sealed class RejectFooters(MapList maps, string footer, string expansionFilter, string myhostname, IMailLog log, TimeProvider time)
{
    // At the footer's start: it goes on in the reply's last line instead of beginning one of its own.
    private const string SameLine = "\\c";
    private const string LineBreak = "\\n";

    private readonly string _expansionFilter = EscapedText.Decode(expansionFilter);

    /// <summary>Nothing is added to any reply.</summary>
    public bool IsEmpty => maps.IsEmpty && footer.Length == 0;

    /// <summary>The reply with its footer; lines separated by LF.</summary>
    /// <param name="reply">One line, 4xx or 5xx.</param>
    /// <param name="find">Macros that are about the client; null for unknown ones.</param>
    /// <param name="cancellationToken">Ends waiting for tables.</param>
    public async ValueTask<string> AppendAsync(string reply, Func<string, string?> find, CancellationToken cancellationToken)
    {
        var listed = maps.IsEmpty ? LookupResult.NotFound : await maps.LookupAsync(reply, cancellationToken);
        var text = listed is { IsFound: true, Value: { } own } ? own : footer;
        return text.Length == 0 ? reply : Append(reply, text, find);
    }

    private string Append(string reply, string text, Func<string, string?> find)
    {
        var codeLength = Math.Min(4, reply.Length);
        var statusLength = EnhancedStatus.TryParse(reply.AsSpan(codeLength), out _, out var length) ? length : 0;
        var (code, status) = (reply[..3], statusLength > 0 ? $"{reply.AsSpan(codeLength, statusLength)} " : "");
        var result = new StringBuilder(reply);
        var isSameLine = text.StartsWith(SameLine, StringComparison.Ordinal);
        var expanded = MacroText.Expand(isSameLine ? text[SameLine.Length..] : text, name => Find(name, find), _expansionFilter);
        foreach (var line in expanded.Split(LineBreak))
        {
            if (!isSameLine)
            {
                result.Append('\n').Append(code).Append(' ').Append(status);
            }

            isSameLine = false;
            result.Append(line);
        }

        return result.ToString();
    }

    private string Find(string name, Func<string, string?> find)
    {
        var value = name switch
        {
            "localtime" => LocalTime(),
            "server_name" => myhostname,
            _ => find(name),
        };
        if (value == null)
        {
            log.Warning($"unknown macro name \"{name}\" in expansion request");
        }

        return value ?? "";
    }

    private string LocalTime()
    {
        var now = TimeZoneInfo.ConvertTime(time.GetUtcNow(), time.LocalTimeZone);
        return string.Create(CultureInfo.InvariantCulture, $"{now:MMM} {now.Day,2} {now:HH:mm:ss}");
    }
}
