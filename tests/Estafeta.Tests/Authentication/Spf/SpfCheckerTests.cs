using System.Net;
using Estafeta.Authentication.Spf;

namespace Estafeta.Tests.Authentication.Spf;

/// <summary>RFC 7208, by the cases of spf.txt.</summary>
public sealed class SpfCheckerTests
{
    private static readonly Dictionary<string, (Zone Zone, string[] Fields)> Cases =
        Zone.ReadCases(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Authentication/Spf/spf.txt")));

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Check_GivesTheResultOfTheCase(string name)
    {
        var (zone, fields) = Cases[name];
        var outcome = await Checker(zone).CheckAsync(IPAddress.Parse(fields[1]), fields[2], fields[3], TestContext.Current.CancellationToken);
        Assert.True(fields[4].Split(',').Contains(outcome.Word), $"{outcome.Word}: {outcome.Reason}");
        Assert.NotEmpty(outcome.Reason);
        if (fields.Length > 5)
        {
            Assert.Equal(fields[5], outcome.Explanation ?? "");
        }
    }

    [Fact]
    public async Task Check_OfEveryPrefixOfARecord_EndsInAResult()
    {
        const string Record = "v=spf1 a:%{l1r-.}.%{d2}/24//64 mx:e.example/28 ip4:192.0.2.0/24 ip6:2001:db8::/32 exists:%{ir}.%{v}._spf.%{d} ptr include:e.example unknown=%{s} exp=e.example redirect=e.example";
        for (var length = 0; length <= Record.Length; length++)
        {
            var zone = new Zone($"p.example TXT {Record[..length]}", "e.example TXT v=spf1 ?all");
            var outcome = await Checker(zone).CheckAsync(IPAddress.Parse("198.51.100.1"), "a@p.example", "h.example", TestContext.Current.CancellationToken);
            Assert.Contains(outcome.Result, (SpfResult[])[SpfResult.None, SpfResult.Neutral, SpfResult.Pass, SpfResult.PermError]); // pass: of 192.0.2.0/2
        }

        var full = new Zone($"p.example TXT {Record}", "e.example TXT v=spf1 ?all", "e.example MX 1 h.example", "h.example A 203.0.113.1");
        Assert.Equal(SpfResult.Neutral, (await Checker(full)
            .CheckAsync(IPAddress.Parse("198.51.100.1"), "a@p.example", "h.example", TestContext.Current.CancellationToken)).Result);
    }

    [Fact]
    public async Task Check_AsksForTheHostsOfAnMxOnce()
    {
        var zone = new Zone("m.example TXT v=spf1 mx -all", "m.example MX 10 a.example", "m.example MX 20 b.example", "a.example A 192.0.2.1", "b.example A 192.0.2.2");
        var outcome = await Checker(zone).CheckAsync(IPAddress.Parse("192.0.2.2"), "x@m.example", "h.example", TestContext.Current.CancellationToken);
        Assert.Equal(SpfResult.Pass, outcome.Result);
        Assert.Equal(["m.example TXT", "m.example MX", "a.example A", "b.example A"], zone.Asked);
    }

    [Fact]
    public async Task Check_ThatTakesTooLong_IsTemporary()
    {
        var time = new ManualTime();
        var asked = new TaskCompletionSource();
        var checker = new SpfChecker(
            async (_, _, token) =>
            {
                asked.TrySetResult();
                await Task.Delay(Timeout.InfiniteTimeSpan, token);
                throw new InvalidOperationException("it never comes");
            },
            "receiver.example",
            time);
        var check = checker.CheckAsync(IPAddress.Loopback, "a@slow.example", "h.example", TestContext.Current.CancellationToken);
        await asked.Task;
        time.Advance(SpfChecker.TimeLimit);
        Assert.Equal(SpfResult.TempError, (await check).Result);
    }

    private static SpfChecker Checker(Zone zone) => new(zone.Lookup, "receiver.example", TimeProvider.System);
}
