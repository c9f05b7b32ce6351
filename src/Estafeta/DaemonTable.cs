using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Local;
using Estafeta.Daemons.Pipe;
using Estafeta.Daemons.Postlogd;
using Estafeta.Daemons.Postscreen;
using Estafeta.Daemons.Proxymap;
using Estafeta.Daemons.Qmqpd;
using Estafeta.Daemons.QueueProcess;
using Estafeta.Daemons.Smtp;
using Estafeta.Daemons.Smtpd;
using Estafeta.Daemons.Spawn;
using Estafeta.Daemons.Virtual;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Hosting;
using Estafeta.Services.QueueControl;
using Estafeta.Services.TlsManagement;
using Estafeta.Services.Verification;

namespace Estafeta;

/// <summary>The daemons that have a process of their own, by the name master.cf calls them.</summary>
internal static class DaemonTable
{
    private static readonly DaemonProgram[] Programs =
    [
        new("lmtp", static context => new SmtpDaemon(context, isLmtp: true)),
        new("local", static context => new LocalDaemon(Cleanup(context))) { RunsCommands = true },
        new("pipe", static context => new PipeDaemon(context)) { RunsCommands = true },
        new("postlogd", static context => new PostlogdDaemon(context)),
        new("postscreen", static context => new PostscreenDaemon(context, PostscreenPartners(context))) { IsLasting = true },
        new("proxymap", static _ => new ProxymapDaemon()),
        new("qmqpd", static context => new QmqpdDaemon(context, Cleanup(context))),
        new(QueueProcessPrograms.ProcessName, static _ => new QueueDaemon()) { IsResident = true },
        new("smtp", static context => new SmtpDaemon(context, isLmtp: false)),
        new("smtpd", static context => new SmtpdDaemon(context, SmtpdPartners(context))),
        new("spawn", static context => new SpawnDaemon(context)) { RunsCommands = true },
        new("virtual", static context => new VirtualDaemon(context)),
    ];

    public static DaemonProgram? Find(string name) => Array.Find(Programs, p => p.Name == name);

    public static bool Has(string name) => Find(name) != null;

    public static bool RunsCommands(string name) => Find(name) is { RunsCommands: true };

    private static SmtpdPartners SmtpdPartners(ServiceContext context) => new(Cleanup(context))
    {
        Verifier = new RemoteAddressVerifier("private/" + context.Parameters.Get(Parameters.AddressVerifyServiceName), context.Time),
        FlushSite = RemoteFlush.At("public/" + context.Parameters.Get(Parameters.FlushServiceName), context.Time),
        TlsManager = new RemoteTlsManager("private/" + context.Parameters.Get(Parameters.TlsmgrServiceName), context.Time),
        Counters = new ClientCounters("private/anvil", context.Time, context.Log),
    };

    private static PostscreenPartners PostscreenPartners(ServiceContext context) => new()
    {
        TlsManager = new RemoteTlsManager("private/" + context.Parameters.Get(Parameters.TlsmgrServiceName), context.Time),
    };

    // cleanup runs in the queue process.
    private static RemoteCleanup Cleanup(ServiceContext context) => new(
        "public/" + context.Parameters.Get(Parameters.CleanupServiceName),
        context.Parameters.Get(Parameters.EnableLongQueueIds),
        context.Time);
}
