using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
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
    private readonly RejectFooters _footers;
    private readonly IMailLog _log;

    public RejectReplies(ParameterSet parameters, TableSet tables, IMailLog log, TimeProvider time)
    {
        _filters = tables.OpenList(Parameters.SmtpdRejectFilterMaps.Name, parameters.Get(Parameters.SmtpdRejectFilterMaps));
        _footers = new RejectFooters(
            tables.OpenList(Parameters.SmtpdRejectFooterMaps.Name, parameters.Get(Parameters.SmtpdRejectFooterMaps)),
            parameters.Get(Parameters.SmtpdRejectFooter),
            parameters.Get(Parameters.SmtpdExpansionFilter),
            parameters.Get(Parameters.Myhostname),
            log,
            time);
        _log = log;
    }

    /// <summary>Nothing is done to any reply.</summary>
    public bool IsEmpty => _filters.IsEmpty && _footers.IsEmpty;

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

        return await _footers.AppendAsync(reply, name => SessionMacros.Find(subject, name), cancellationToken);
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
}
