using System.Globalization;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Values;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Tables;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Postscreen;

/// <summary>
/// What is made of a 4xx or 5xx reply before a client sees it: soft_bounce, and more text (postscreen_reject_footer_maps, else
/// postscreen_reject_footer).
/// </summary>
internal sealed class ScreeningReplies
{
    private readonly MapList _footers;
    private readonly string _footer;
    private readonly string _expansionFilter;
    private readonly string _myhostname;
    private readonly IMailLog _log;
    private readonly TimeProvider _time;

    public ScreeningReplies(ParameterSet parameters, TableSet tables, IMailLog log, TimeProvider time)
    {
        _footers = tables.OpenList(Parameters.PostscreenRejectFooterMaps.Name, parameters.Get(Parameters.PostscreenRejectFooterMaps));
        _footer = Raw(parameters, Parameters.PostscreenRejectFooter, Parameters.SmtpdRejectFooter);
        _expansionFilter = EscapedText.Decode(Raw(parameters, Parameters.PostscreenExpansionFilter, Parameters.SmtpdExpansionFilter));
        _myhostname = parameters.Get(Parameters.Myhostname);
        _log = log;
        _time = time;
    }

    /// <summary>soft_bounce: 550 5.5.1 is 450 4.5.1.</summary>
    public static string Soften(string reply, PostscreenSettings settings) => !settings.SoftBounce || reply[0] != '5' ? reply
        : reply.Length > 4 && reply[4] == '5' ? $"4{reply.AsSpan(1, 3)}4{reply.AsSpan(5)}"
        : $"4{reply.AsSpan(1)}";

    /// <summary>The lines to send.</summary>
    /// <param name="reply">One line.</param>
    /// <param name="client">Whom it is for.</param>
    /// <param name="cancellationToken">Ends waiting for tables.</param>
    public async ValueTask<string[]> FinishAsync(string reply, ScreenedClient client, CancellationToken cancellationToken)
    {
        if (reply[0] is not ('4' or '5'))
        {
            return [reply];
        }

        reply = Soften(reply, client.Settings);
        var listed = _footers.IsEmpty ? LookupResult.NotFound : await _footers.LookupAsync(reply, cancellationToken);
        var footer = listed is { IsFound: true, Value: { } text } ? text : _footer;
        if (footer.Length == 0)
        {
            return [reply];
        }

        var lines = RejectFooter.Append(reply, footer, text => MacroText.Expand(text, name => Find(name, client), _expansionFilter)).Split('\n');
        for (var i = 0; i < lines.Length - 1; i++)
        {
            lines[i] = $"{lines[i].AsSpan(0, 3)}-{lines[i].AsSpan(4)}";
        }

        return lines;
    }

    /// <summary>The last word to a client that got no further than the early tests, if it can be said at once.</summary>
    public async ValueTask SayLastAsync(string reply, ScreenedClient client, CancellationToken cancellationToken)
    {
        var lines = await FinishAsync(reply, client, cancellationToken);
        SocketStream.TrySend(client.Socket, Encoding.UTF8.GetBytes(string.Join("\r\n", lines) + "\r\n"));
    }

    // What is not expanded when it is read, but may be the name of smtpd's.
    private static string Raw(ParameterSet parameters, RawParameter own, RawParameter smtpd) =>
        parameters.Get(own) is var value && value.Trim() == "$" + smtpd.Name ? parameters.Get(smtpd) : value;

    private string Find(string name, ScreenedClient client)
    {
        var value = name switch
        {
            "client_address" => client.Address.ToString(),
            "client_port" => client.Ends.Client.Port.ToString(CultureInfo.InvariantCulture),
            "localtime" => RejectFooter.LocalTime(_time),
            "server_name" => _myhostname,
            _ => null,
        };
        if (value == null)
        {
            _log.Warning($"unknown macro name \"{name}\" in expansion request");
        }

        return value ?? "";
    }
}
