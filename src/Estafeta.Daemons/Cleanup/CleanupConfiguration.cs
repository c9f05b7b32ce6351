using Estafeta.Configuration;
using Estafeta.Daemons.Cleanup.Signing;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup;

/// <summary>One cleanup entry of master.cf: its settings, tables and log. Immutable, shared by all its transactions.</summary>
public sealed class CleanupConfiguration
{
    private CleanupConfiguration(CleanupSettings settings, CleanupTables tables, ContentChecks checks, NonSmtpdMilters milters, MessageSigning? signing, AddressRewriter rewriter, DeliveryLog deliveryLog)
    {
        var log = deliveryLog.Log;
        Settings = settings;
        Tables = tables;
        Checks = checks;
        Milters = milters;
        Signing = signing;
        Rewriter = rewriter;
        Log = log;
        DeliveryLog = deliveryLog;
        Mapper = new AddressMapper(tables, settings, rewriter, log);
        Aliases = new AliasExpander(tables, settings, rewriter, log);
    }

    public CleanupSettings Settings { get; }

    public CleanupTables Tables { get; }

    public ContentChecks Checks { get; }

    public NonSmtpdMilters Milters { get; }

    /// <summary>Null when nothing is signed.</summary>
    internal MessageSigning? Signing { get; }

    public AddressRewriter Rewriter { get; }

    public AddressMapper Mapper { get; }

    public AliasExpander Aliases { get; }

    public IMailLog Log { get; }

    public DeliveryLog DeliveryLog { get; }

    /// <param name="parameters">main.cf with the entry's -o options.</param>
    /// <param name="tables">Opens the entry's tables.</param>
    /// <param name="resolver">Made from the parameters of the rewrite entry, as Postfix's cleanup asks that service.</param>
    /// <param name="log">Writes under the entry's name.</param>
    public static CleanupConfiguration Create(ParameterSet parameters, TableSet tables, AddressResolver resolver, IMailLog log) => new(
        CleanupSettings.Load(parameters),
        CleanupTables.Open(parameters, tables, resolver.LocalDomains),
        ContentChecks.Open(parameters, tables, log.Warning),
        NonSmtpdMilters.Open(parameters, tables, log),
        MessageSigning.Open(parameters, tables, log),
        resolver.Rewriter,
        new DeliveryLog(log, parameters));
}
