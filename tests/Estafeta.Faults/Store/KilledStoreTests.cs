using System.Diagnostics;
using System.Globalization;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Queue.Storage.Log;

namespace Estafeta.Faults.Store;

/// <summary>
/// Kills a process that works on the store, again and again on the same directory, with recycling and compaction going on: every
/// acknowledged message is there and whole, and what was removed for good does not come back. ESTAFETA_TEST_FAULTS=long for the long form.
/// </summary>
public sealed class KilledStoreTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta-kill-").FullName;
    private readonly Dictionary<string, (int Octets, int Seed)> _acknowledged = [];
    private readonly HashSet<string> _removing = [];
    private readonly HashSet<string> _removed = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Kill_ManyTimes_LosesNothingAcknowledged()
    {
        var kills = FaultForm.IsLong ? 200 : 12;
        var random = new Random(1);
        for (var kill = 1; kill <= kills; kill++)
        {
            await WorkUntilKilledAsync(kill, random.Next(20, 400));
            await CheckAsync($"kill {kill}");
        }

        Assert.True(_acknowledged.Count > kills, "the victim did too little");
    }

    private async Task WorkUntilKilledAsync(int seed, int acknowledgements)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Estafeta.StoreWriter"))
        {
            ArgumentList = { _directory, seed.ToString(CultureInfo.InvariantCulture) },
            RedirectStandardOutput = true,
        };
        using var victim = Process.Start(start)!;
        while (await victim.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            Note(line);
            if (line[0] == 'A' && --acknowledgements == 0)
            {
                victim.Kill();
            }
        }

        await victim.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(acknowledgements <= 0, "the victim ended by itself");
    }

    private void Note(string line)
    {
        // The last line may be cut short by the kill; it was not read as a whole then.
        var words = line.Split(' ');
        switch (words[0])
        {
            case "A" when words.Length == 4 && int.TryParse(words[2], CultureInfo.InvariantCulture, out var octets) && int.TryParse(words[3], CultureInfo.InvariantCulture, out var seed):
                _acknowledged[words[1]] = (octets, seed);
                break;
            case "R" when words.Length == 2:
                _removing.Add(words[1]);
                break;
            case "F" when words.Length == 2:
                _removed.Add(words[1]);
                break;
            case "W":
                Assert.Fail(line);
                break;
            default:
                break;
        }
    }

    private async Task CheckAsync(string when)
    {
        var warnings = new List<string>();
        await using var store = SegmentedLogStore.Open(new StoreOptions
        {
            QueueDirectory = _directory,
            SegmentOctets = 512 * 1024,
            JournalOctets = 64 * 1024,
            Warn = warnings.Add,
        });
        await store.Recovered;
        var found = store.Entries.Select(e => e.Id.ToString()).ToHashSet();
        foreach (var (id, message) in _acknowledged)
        {
            if (!found.Contains(id))
            {
                Assert.True(_removing.Contains(id), $"{when}: {id} was acknowledged and is gone");
                continue;
            }

            Assert.False(_removed.Contains(id), $"{when}: {id} was removed for good and is back");
            Assert.True(await IsWholeAsync(store, id, message.Octets, message.Seed), $"{when}: {id} is not what was sent");
        }

        Assert.Empty(warnings);

        // What is left was in flight, or its removal was lost: it goes now, so that each round starts from a known state.
        foreach (var id in found)
        {
            if (!_acknowledged.ContainsKey(id) || _removing.Contains(id))
            {
                store.Remove(Parse(id));
            }
        }

        await store.FlushAsync(TestContext.Current.CancellationToken);
        foreach (var id in _removing)
        {
            _acknowledged.Remove(id);
        }

        _removing.Clear();
    }

    private async Task<bool> IsWholeAsync(SegmentedLogStore store, string id, int octets, int seed)
    {
        var expected = new byte[octets];
        new Random(seed).NextBytes(expected);
        using var content = await store.OpenContentAsync(Parse(id), TestContext.Current.CancellationToken);
        var body = content!.BodyPath == null
            ? content.Body.ToArray()
            : await File.ReadAllBytesAsync(Path.Combine(_directory, content.BodyPath), TestContext.Current.CancellationToken);
        return body.AsSpan().SequenceEqual(expected);
    }

    private static QueueId Parse(string text) => QueueId.TryParse(text, out var id) ? id : throw new FormatException(text);
}
