using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Mailboxes;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>
/// local(8): delivers to users of this system: aliases(5), .forward, commands, files, mailboxes. Each with the rights of the user concerned.
/// A recipient may end in many places; each has its log line, and the queue manager gets their combined fate.
/// </summary>
public sealed class LocalAgent(LocalParts parts, OutcomeRecorder recorder) : IDeliveryAgent
{
    /// <param name="users">The passwd database: <see cref="Accounts.FindUser(string)"/>.</param>
    /// <param name="agents">The agent behind a transport name, for mailbox_transport and fallback_transport.</param>
    public static LocalAgent Create(
        TableSet tables,
        IAddressResolver resolver,
        ICleanup cleanup,
        Func<string, IDeliveryAgent> agents,
        Func<string, UserAccount?> users,
        IMailLog log,
        TimeProvider time)
    {
        var parameters = tables.Parameters;
        var settings = LocalSettings.Read(parameters);
        var extensions = AddressExtensions.Load(parameters);
        var macros = new LocalMacros(extensions, settings.RecipientDelimiter);
        var filter = Parameters.LocalDeliveryStatusFilter;
        var parts = new LocalParts
        {
            Settings = settings,
            Extensions = extensions,
            Resolver = resolver,
            Aliases = AliasTables.Open(tables),
            Forwards = new ForwardFiles(log),
            Macros = macros,
            Commands = new CommandDelivery(settings, macros, extensions, log, time),
            Mailboxes = new MailboxDelivery(settings, new MailboxWriter(settings.Mailboxes, log, time), time),
            Transports = new TransportPass(agents, log),
            Cleanup = cleanup,
            FindUser = users,
            MailboxTransportMaps = Open(Parameters.MailboxTransportMaps),
            MailboxCommandMaps = Open(Parameters.MailboxCommandMaps),
            FallbackTransportMaps = Open(Parameters.FallbackTransportMaps),
            Log = log,
            Time = time,
        };
        return new LocalAgent(parts, OutcomeRecorder.Create(tables, filter.Name, parameters.Get(filter), log, time));

        MapList Open(StringParameter parameter) => tables.OpenList(
            parameter.Name, parameters.Get(parameter), tables.DefaultFlags | TableFlags.NoSubstitution | TableFlags.NoUntrusted);
    }

    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var started = parts.Time.GetUtcNow();
        using var message = MessageSource.Open(request);
        foreach (var recipient in request.Recipients)
        {
            var outcomes = new OutcomeCollector(request, recipient, recorder, started);
            var expansion = new Expansion
            {
                Recipient = recipient,
                Address = recipient.Address,
                Original = recipient.OriginalAddress,
                Sender = request.Sender,
                DeliveredTo = recipient.Address,
            };
            await new RecipientExpansion(parts, outcomes, message).DeliverAsync(expansion, cancellationToken);
            await report(recipient.Index, outcomes.Combined());
        }

        return DeliveryEnd.Good;
    }
}
