using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Values;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd.Replies;

/// <summary>
/// What the administrator makes of 4xx and 5xx replies before the client sees them: another reply (smtpd_reject_filter_maps), more text
/// (smtpd_reject_footer_maps, else smtpd_reject_footer). Log lines keep the reply as it was.
/// </summary>
internal sealed class RejectReplies
{
    private readonly MapList _filters;
    private readonly MapList _footers;
    private readonly string _footer;
    private readonly string _expansionFilter;
    private readonly string _myhostname;
    private readonly IMailLog _log;
    private readonly TimeProvider _time;

    public RejectReplies(ParameterSet parameters, TableSet tables, IMailLog log, TimeProvider time)
    {
        _filters = tables.OpenList(Parameters.SmtpdRejectFilterMaps.Name, parameters.Get(Parameters.SmtpdRejectFilterMaps));
        _footers = tables.OpenList(Parameters.SmtpdRejectFooterMaps.Name, parameters.Get(Parameters.SmtpdRejectFooterMaps));
        _footer = parameters.Get(Parameters.SmtpdRejectFooter);
        _expansionFilter = EscapedText.Decode(parameters.Get(Parameters.SmtpdExpansionFilter));
        _myhostname = parameters.Get(Parameters.Myhostname);
        _log = log;
        _time = time;
    }

    /// <summary>Nothing is done to any reply.</summary>
    public bool IsEmpty => _filters.IsEmpty && _footers.IsEmpty && _footer.Length == 0;

    /// <summary>The reply to send; lines separated by LF.</summary>
    /// <param name="reply">One line, 4xx or 5xx.</param>
    /// <param name="subject">What the macros of the footer are about.</param>
    /// <param name="cancellationToken">Ends waiting for tables.</param>
    public async ValueTask<string> FinishAsync(string reply, AccessSubject subject, CancellationToken cancellationToken)
    {
        if (!_filters.IsEmpty && await _filters.LookupAsync(reply, cancellationToken) is { IsFound: true, Value: { } other })
        {
            reply = Replace(reply, other);
        }

        var listed = _footers.IsEmpty ? LookupResult.NotFound : await _footers.LookupAsync(reply, cancellationToken);
        var footer = listed is { IsFound: true, Value: { } text } ? text : _footer;
        return footer.Length == 0 ? reply : RejectFooter.Append(reply, footer, text => Expand(text, subject));
    }

    // A filter says what a client is refused with, not whether.
    private string Replace(string reply, string other)
    {
        if (other.Length > 4 && other[0] is '4' or '5' && char.IsAsciiDigit(other[1]) && char.IsAsciiDigit(other[2]) && other[3] == ' ')
        {
            return other;
        }

        _log.Warning($"{Parameters.SmtpdRejectFilterMaps.Name}: bad reply \"{other}\" for \"{reply}\": it must begin with a 4xx or 5xx code");
        return reply;
    }

    private string Expand(string footer, AccessSubject subject) => MacroText.Expand(footer, name => Find(name, subject), _expansionFilter);

    private string Find(string name, AccessSubject subject)
    {
        var value = name switch
        {
            "localtime" => RejectFooter.LocalTime(_time),
            "server_name" => _myhostname,
            _ => SessionMacros.Find(subject, name),
        };
        if (value == null)
        {
            _log.Warning($"unknown macro name \"{name}\" in expansion request");
        }

        return value ?? "";
    }
}
