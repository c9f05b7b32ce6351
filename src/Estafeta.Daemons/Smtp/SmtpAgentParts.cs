using Estafeta.Configuration.Interfaces;
using Estafeta.Net.OAuth.Client;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>What all deliveries of an smtp or lmtp entry share.</summary>
internal sealed class SmtpAgentParts
{
    public required SmtpClientSettings Settings { get; init; }

    public required RoutingSettings Routing { get; init; }

    public required SmtpClientTables Tables { get; init; }

    public required TransportPass Transports { get; init; }

    public required TcpServices Services { get; init; }

    public required ServerFinder Finder { get; init; }

    public required ServerConnector Connector { get; init; }

    public required TlsPolicyFinder Policies { get; init; }

    public required ClientTlsContexts TlsContexts { get; init; }

    public required TlsStarter Starter { get; init; }

    /// <summary>smtp_tlsrpt_socket_name; null without.</summary>
    public required TlsReportCollector? ReportCollector { get; init; }

    public required SessionOpener Opener { get; init; }

    public required AccessTokens Tokens { get; init; }

    public required SaslPasswords Passwords { get; init; }

    public required ConnectionCache Cache { get; init; }

    public required EnvelopeCommands Commands { get; init; }

    public required HeadPreparer Heads { get; init; }

    /// <summary>smtp_header_checks and the others.</summary>
    public required OutgoingChecks Checks { get; init; }

    public required IMailLog Log { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The same order, but among servers of equal preference those with a kept connection come first.</summary>
    public IEnumerable<ServerAddress> KeptFirst(IReadOnlyList<ServerAddress> servers) =>
        servers.Count < 2 || Cache.Count == 0
            ? servers
            : servers.OrderBy(server => server.Preference).ThenBy(server => !Cache.HasServer(server.Relay));

    /// <summary>Whether the connection is worth keeping after this delivery.</summary>
    public async ValueTask<bool> MayKeepAsync(SmtpSession session, DeliveryRequest request, Destination destination, CancellationToken cancellationToken)
    {
        if (request.IsProbe || !Cache.MayKeep(session) || (session.Tls != null && !session.Policy.AllowsConnectionReuse))
        {
            return false;
        }

        return (Settings.Reuse.OnDemand && request.DestinationIsBusy)
            || (!Tables.CachedDestinations.IsEmpty && (await MatchesAsync(destination.Text) || await MatchesAsync(destination.Host)));

        async ValueTask<bool> MatchesAsync(string name) =>
            (await Tables.CachedDestinations.MatchAsync(name, cancellationToken)).Outcome == LookupOutcome.Found;
    }
}
