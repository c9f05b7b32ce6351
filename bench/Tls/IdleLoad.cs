using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Tls;

/// <summary>Sessions that have done EHLO within TLS and then say nothing: what each costs the server in memory.</summary>
internal static class IdleLoad
{
    public static async Task<double> RunAsync(MailServer server, int sessions)
    {
        using var context = TlsClient.CreateContext();
        var clients = new List<TlsClient>(sessions);
        for (var i = 0; i < 200; i++)
        {
            clients.Add(await TlsClient.ConnectAsync(server.Port, context, null)); // what the first ones cost is the process, not the session
        }

        await Task.Delay(2000);
        var before = ProcessTree.PssMegabytes(server.MasterPid);
        for (var i = 0; i < sessions; i += 20)
        {
            clients.AddRange(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TlsClient.ConnectAsync(server.Port, context, null))));
        }

        await Task.Delay(5000);
        var used = ProcessTree.PssMegabytes(server.MasterPid) - before;
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }

        return used * 1024 * 1024 / sessions;
    }
}
