using System.Globalization;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>What very many small chunks cost. Program of a helper process: other tests would be in the sum.</summary>
internal static class SmtpdChunkMemory
{
    internal const int Count = 40_000;
    private const int Batch = 4000;

    internal static int Tell(string[] arguments)
    {
        Console.Write(MeasureAsync().GetAwaiter().GetResult().ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task<long> MeasureAsync()
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        await ChunksAsync(client);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < Count / Batch; i++)
        {
            await ChunksAsync(client);
        }

        return GC.GetTotalMemory(forceFullCollection: true) - before;
    }

    private static async Task ChunksAsync(SmtpdClient client)
    {
        var sending = client.SendAsync(string.Concat(Enumerable.Repeat("BDAT 1\r\nx", Batch)));
        for (var i = 0; i < Batch; i++)
        {
            Assert.StartsWith("250 2.0.0 Ok: 1 bytes", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        await sending;
    }
}
