namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>What very many small chunks cost; other tests would count too.</summary>
[Collection(RunsAlone.Name)]
public sealed class SmtpdChunkMemoryTests
{
    /// <summary>C05: a history of chunks must not be kept.</summary>
    [Fact]
    public async Task TinyChunks_KeepNoMemory()
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await ChunksAsync(client, 4000);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 10; i++)
        {
            await ChunksAsync(client, 4000);
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Assert.True(grown < 4 * 1024 * 1024, $"{grown} octets for 40,000 chunks of one octet");
    }

    private static async Task ChunksAsync(SmtpdClient client, int count)
    {
        var sending = client.SendAsync(string.Concat(Enumerable.Repeat("BDAT 1\r\nx", count)));
        for (var i = 0; i < count; i++)
        {
            Assert.StartsWith("250 2.0.0 Ok: 1 bytes", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        await sending;
    }
}
