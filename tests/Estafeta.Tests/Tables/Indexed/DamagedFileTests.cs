using Estafeta.Tables;
using Estafeta.Tables.Writing;

namespace Estafeta.Tests.Tables.Indexed;

/// <summary>
/// Files cut short and files with wrong octets (every one of them with ESTAFETA_TEST_FAULTS=long): a look-up ends, in an answer that is in the table or in trouble, and nothing else happens. No format has
/// checksums, so a changed octet of a text is a changed text; and an index that was changed may hide an entry, where nothing contradicts it.
/// </summary>
public sealed class DamagedFileTests
{
    // Every octet of all files is a minute's work; headers are worth it each time.
    private const int Header = 256;
    private static readonly int Step = Environment.GetEnvironmentVariable("ESTAFETA_TEST_FAULTS") == "long" ? 1 : 41;

    private static readonly string Vectors = Path.Combine(AppContext.BaseDirectory, "Tables/Indexed/vectors");
    private static readonly Dictionary<string, string> Entries = File.ReadLines(Path.Combine(Vectors, "source.txt"))
        .Select(static line => line.Split(' ')).ToDictionary(static words => words[0], static words => words[1]);

    private static readonly string[] Keys = ["user0@example0.com", "user77@example7.com", "user149@example9.com", "long", "user5@example6.com"];

    [Theory]
    [InlineData("cdb")]
    [InlineData("lmdb")]
    [InlineData("hash")]
    [InlineData("btree")]
    public async Task Lookup_FileCutAnywhere_IsRightOrTrouble(string type)
    {
        await using var fixture = new TableFixture();
        var (path, content) = Make(fixture, type);
        var troubles = 0;
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write);
        for (var size = content.Length - 1; size >= 0; size -= size > Header ? Step : 1)
        {
            RandomAccess.SetLength(file, size);
            foreach (var key in size % 4 == 0 ? Keys : [Keys[size % Keys.Length]])
            {
                var result = await AskAsync(fixture, type, key);
                Assert.True(result.IsTrouble || result.Value == Entries.GetValueOrDefault(key), $"{size} of {content.Length}: {key}: {result}");
                troubles += result.IsTrouble ? 1 : 0;
            }
        }

        Assert.NotEqual(0, troubles);
    }

    [Theory]
    [InlineData("cdb")]
    [InlineData("lmdb")]
    [InlineData("hash")]
    [InlineData("btree")]
    public async Task Lookup_FileWithAWrongOctet_EndsWithoutAnotherEntrysAnswer(string type)
    {
        await using var fixture = new TableFixture();
        var (path, content) = Make(fixture, type);
        var others = Entries.Values.ToHashSet(StringComparer.Ordinal);
        for (var at = 0; at < content.Length; at += at < Header ? 1 : Step)
        {
            var damaged = (byte[])content.Clone();
            damaged[at] ^= (at % 4) switch
            {
                0 => 0xFF,
                1 => 0x01,
                2 => 0x80,
                _ => 0x10,
            };
            File.WriteAllBytes(path, damaged);
            var key = Keys[at % Keys.Length];
            var result = await AskAsync(fixture, type, key);
            Assert.False(result.IsFound && result.Value != Entries.GetValueOrDefault(key) && others.Contains(result.Value!), $"octet {at}: {key}: {result}");
            await ListAsync(fixture, type);
        }
    }

    private static (string Path, byte[] Content) Make(TableFixture fixture, string type)
    {
        var source = Path.Combine(fixture.Root, "t");
        if (type is "hash" or "btree")
        {
            File.Copy(Path.Combine(Vectors, type + ".db"), source + ".db");
            return (source + ".db", File.ReadAllBytes(source + ".db"));
        }

        using (var writer = TableWriterTypes.Open(type, source, new TableWriterOptions()))
        {
            foreach (var (key, value) in Entries)
            {
                writer.Add(System.Text.Encoding.UTF8.GetBytes(key), System.Text.Encoding.UTF8.GetBytes(value));
            }

            writer.Commit();
        }

        return ($"{source}.{type}", File.ReadAllBytes($"{source}.{type}"));
    }

    private static async Task<LookupResult> AskAsync(TableFixture fixture, string type, string key)
    {
        await using var table = Open(fixture, type, out var reason);
        return table == null ? LookupResult.Trouble(reason) : await table.LookupAsync(key, TestContext.Current.CancellationToken);
    }

    private static async Task ListAsync(TableFixture fixture, string type)
    {
        await using var table = Open(fixture, type, out _);
        try
        {
            if (table is IListableTable listable)
            {
                Assert.InRange(await listable.ListAsync(TestContext.Current.CancellationToken).CountAsync(TestContext.Current.CancellationToken), 0, 10_000);
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            // The listing says that it cannot go on: what is asked for.
        }
    }

    private static ILookupTable? Open(TableFixture fixture, string type, out string reason)
    {
        reason = "";
        try
        {
            return fixture.Tables.OpenOwned($"{type}:{Path.Combine(fixture.Root, "t")}", fixture.Tables.DefaultFlags | TableFlags.Snapshot);
        }
        catch (TableUnavailableException e)
        {
            reason = e.Message;
            return null;
        }
    }
}
