using System.Net;
using Estafeta.Daemons.Postscreen;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>Counts of clients, and stress between nine and seven tenths of postscreen_pre_queue_limit.</summary>
public class OccupancyTests
{
    private readonly MemoryMailLog _log = new();

    [Fact]
    public void Stress_BeginsAtNineTenths_EndsAtSeven()
    {
        var occupancy = new Occupancy(10, _log);
        for (var i = 1; i <= 9; i++)
        {
            Assert.False(occupancy.IsStressed);
            occupancy.Enter(IPAddress.Loopback);
        }

        Assert.True(occupancy.IsStressed);
        occupancy.EndTests();
        Assert.True(occupancy.IsStressed);
        occupancy.EndTests();
        Assert.False(occupancy.IsStressed);
        Assert.Equal(["entering STRESS mode with 9 connections", "leaving STRESS mode with 7 connections"], _log.Lines);
    }

    [Fact]
    public void Client_IsCountedByAddress()
    {
        var occupancy = new Occupancy(100, _log);
        var other = IPAddress.Parse("192.0.2.1");
        Assert.Equal([1, 2, 1], new[] { occupancy.Enter(IPAddress.Loopback), occupancy.Enter(IPAddress.Loopback), occupancy.Enter(other) });
        occupancy.Leave(IPAddress.Loopback);
        occupancy.Leave(other);
        Assert.Equal([2, 1], new[] { occupancy.Enter(IPAddress.Loopback), occupancy.Enter(other) });
    }
}
