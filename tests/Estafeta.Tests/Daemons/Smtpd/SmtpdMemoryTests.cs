namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>What an idle session holds. Runs when nothing else does: other tests would be in the sum.</summary>
[Collection(RunsAlone.Name)]
public class SmtpdMemoryTests
{
    [Fact]
    public async Task IdleSession_CostsLittleMemory()
    {
        const int Count = 300;
        await using var server = new SmtpdFixture(adjust: c => c with { ProcessLimit = 0 });
        using (var first = await server.ConnectAsync())
        {
            await first.CommandAsync("EHLO x");
        }

        var before = Settled();
        var sockets = new System.Net.Sockets.Socket[Count];
        var octets = new byte[512];
        for (var i = 0; i < Count; i++)
        {
            sockets[i] = server.ConnectSocket();
            sockets[i].Receive(octets);
            sockets[i].Send("EHLO x\r\n"u8);
            sockets[i].Receive(octets);
        }

        // The client's end of each connection is part of the sum.
        var each = (Settled() - before) / Count;
        Array.ForEach(sockets, s => s.Dispose());
        Assert.InRange(each, 0, 10_000);
    }

    // What earlier tests left is let go of first, by finalizers and by the pools, which give back a part at each collection.
    private static long Settled()
    {
        const int Noise = 16 * 1024;
        for (var last = long.MaxValue; ;)
        {
            var now = GC.GetTotalMemory(forceFullCollection: true);
            GC.WaitForPendingFinalizers();
            if (now >= last - Noise)
            {
                return now;
            }

            last = now;
        }
    }
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "runs alone";
}
