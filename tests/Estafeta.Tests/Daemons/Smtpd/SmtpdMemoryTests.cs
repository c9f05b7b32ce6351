using System.Globalization;
using Estafeta.Tests.Unix;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>What sessions keep in memory, each measured in a process of its own.</summary>
public class SmtpdMemoryTests
{
    [Fact]
    public void IdleSession_CostsLittleMemory() => Assert.InRange(Measure("session-memory"), 1, 10_000);

    /// <summary>C05: a history of chunks must not be kept.</summary>
    [Fact]
    public void TinyChunks_KeepNoMemory()
    {
        var grown = Measure("chunk-memory");
        Assert.True(grown < 4 * 1024 * 1024, $"{grown} octets for {SmtpdChunkMemory.Count} chunks of one octet");
    }

    private static long Measure(string what) => long.Parse(HelperProcess.Run(what), CultureInfo.InvariantCulture);
}
