using System.Globalization;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
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
    private readonly RejectFooters _footers;

    public ScreeningReplies(ParameterSet parameters, TableSet tables, IMailLog log, TimeProvider time) => _footers = new RejectFooters(
        tables.OpenList(Parameters.PostscreenRejectFooterMaps.Name, parameters.Get(Parameters.PostscreenRejectFooterMaps)),
        Raw(parameters, Parameters.PostscreenRejectFooter, Parameters.SmtpdRejectFooter),
        Raw(parameters, Parameters.PostscreenExpansionFilter, Parameters.SmtpdExpansionFilter),
        parameters.Get(Parameters.Myhostname),
        log,
        time);

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

        var text = await _footers.AppendAsync(Soften(reply, client.Settings), name => Find(name, client), cancellationToken);
        var lines = text.Split('\n');
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

    private static string? Find(string name, ScreenedClient client) => name switch
    {
        "client_address" => client.Address.ToString(),
        "client_port" => client.Ends.Client.Port.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };
}
