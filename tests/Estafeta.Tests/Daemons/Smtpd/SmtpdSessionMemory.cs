using System.Globalization;
using System.Net.Sockets;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>What an idle session holds. Program of a helper process: other tests would be in the sum.</summary>
internal static class SmtpdSessionMemory
{
    private const int Count = 300;

    internal static int Tell(string[] arguments)
    {
        Console.Write(MeasureAsync().GetAwaiter().GetResult().ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<long> MeasureAsync()
    {
        await using var server = new SmtpdFixture(adjust: c => c with { ProcessLimit = 0 });
        using (var first = await server.ConnectAsync())
        {
            await first.CommandAsync("EHLO x");
        }

        var before = GC.GetTotalMemory(forceFullCollection: true);
        var sockets = new Socket[Count];
        var octets = new byte[512];
        for (var i = 0; i < Count; i++)
        {
            sockets[i] = server.ConnectSocket();
            sockets[i].Receive(octets);
            sockets[i].Send("EHLO x\r\n"u8);
            sockets[i].Receive(octets);
        }

        // The client's end of each connection is part of the sum.
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        Array.ForEach(sockets, s => s.Dispose());
        return each;
    }
}
