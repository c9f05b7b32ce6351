using Estafeta.Net.Dns;
using Estafeta.Services.Delivery;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>An <c>smtp</c> or <c>lmtp</c> entry of master.cf: one process, as many deliveries at once as the queue manager asks for.</summary>
public sealed class SmtpDaemon(bool isLmtp) : IDaemon
{
    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        await using var tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Time = context.Time };
        await using var resolver = new DnsResolver(context.Time);
        await using var agent = SmtpAgent.Create(tables, isLmtp, resolver, context.Log, context.Time);
        await AgentServer.RunAsync(context, agent, stopping);
    }
}
