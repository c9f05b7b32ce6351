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

        var before = GC.GetTotalMemory(forceFullCollection: true);
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
        var each = (GC.GetTotalMemory(forceFullCollection: true) - before) / Count;
        Array.ForEach(sockets, s => s.Dispose());
        Assert.InRange(each, 0, 10_000);
    }
}

[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RunsAlone
{
    public const string Name = "runs alone";
}
