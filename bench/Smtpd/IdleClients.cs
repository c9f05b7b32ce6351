using System.Globalization;
using System.Net.Sockets;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Smtpd;

/// <summary>What clients cost that have said EHLO and wait.</summary>
internal static class IdleClients
{
    public static async Task MeasureAsync(string program, int count)
    {
        using var server = new MailServer(
            "Estafeta", program, 20525, 9, ["default_process_limit = 200", "estafeta_sessions_per_process = 100", "mynetworks = 192.0.2.0/24", "smtpd_timeout = 3600s"]);
        server.Start();
        var before = await ConnectAsync(server, 200);
        var idle = ProcessTree.PssMegabytes(server.MasterPid);
        var clients = await ConnectAsync(server, count);
        await Task.Delay(3000);
        var busy = ProcessTree.PssMegabytes(server.MasterPid);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {count} idle clients after EHLO | Estafeta | {(busy - idle) * 1024 / count:F2} KB each, all processes | {busy:F0} MB in all, {idle:F0} before |"));
        foreach (var client in clients.Concat(before))
        {
            client.Dispose();
        }

        server.Stop();
    }

    private static async Task<List<Socket>> ConnectAsync(MailServer server, int count)
    {
        var clients = new List<Socket>(count);
        var buffer = new byte[4096];
        for (var i = 0; i < count; i++)
        {
            var client = await Client.ConnectAsync(server.Port, i);
            clients.Add(client);
            await Client.ExpectAsync(client, buffer, "220");
            await client.SendAsync("EHLO client.example\r\n"u8.ToArray());
            await Client.ExpectAsync(client, buffer, "250");
        }

        return clients;
    }
}
