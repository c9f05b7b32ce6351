using System.Diagnostics;
using System.Text;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>Content made to harm (docs/threats.md, D06 and E): bounded in time and depth, and what comes out is still one message.</summary>
public sealed class ContentThreatTests
{
    /// <summary>Far beyond what any of these takes; a quadratic parser would need hours.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>D06.</summary>
    [Theory]
    [MemberData(nameof(StrangeContents.AddressBombs), MemberType = typeof(StrangeContents))]
    public Task AddressHeader_IsReadInLinearTime(string name, string content) => PassesAsync(name, content);

    /// <summary>E01.</summary>
    [Theory]
    [MemberData(nameof(StrangeContents.HeaderForms), MemberType = typeof(StrangeContents))]
    public Task StrangeHeader_IsHandled(string name, string content) => PassesAsync(name, content);

    /// <summary>E02.</summary>
    [Theory]
    [MemberData(nameof(StrangeContents.MimeForms), MemberType = typeof(StrangeContents))]
    public Task StrangeMime_PassesAsItIs(string name, string content) => PassesAsync(name, content);

    /// <summary>E03: a line as long as the message.</summary>
    [Theory]
    [InlineData(998)]
    [InlineData(2048)]
    [InlineData(5_000_000)]
    public async Task LongLine_Passes(int length)
    {
        await using var bench = new CleanupBench();
        var result = await bench.SendAsync(
            CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], [Encoding.ASCII.GetBytes("Subject: s\n\n" + new string('x', length) + "\n")]);
        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
    }

    /// <summary>E04.</summary>
    [Theory]
    [InlineData(49, CleanupOutcome.Ok)]
    [InlineData(50, CleanupOutcome.TooManyHops)]
    [InlineData(51, CleanupOutcome.TooManyHops)]
    [InlineData(10_000, CleanupOutcome.TooManyHops)]
    public async Task ReceivedHeaders_AreCounted(int count, CleanupOutcome outcome)
    {
        await using var bench = new CleanupBench();
        var content = string.Concat(Enumerable.Repeat("Received: from a by b; Thu, 1 Jan 1970 00:00:00 +0000\n", count)) + "Subject: s\n\nx\n";
        var result = await bench.SendAsync(CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], [Encoding.ASCII.GetBytes(content)]);
        Assert.Equal(outcome, result.Outcome);
    }

    /// <summary>E04: aliases that lead to each other.</summary>
    [Fact]
    public async Task AliasLoop_IsRefusedForNow()
    {
        await using var bench = new CleanupBench("virtual_alias_maps = inline:{{a@r.test=b@r.test},{b@r.test=a@r.test}}");
        var result = await bench.SendAsync(CleanupBench.Request(), [CleanupBench.Recipient("a@r.test")], ["Subject: s\n\nx\n"u8.ToArray()]);
        Assert.Equal(CleanupOutcome.Temporary, result.Outcome);
    }

    /// <summary>E05: an expression that explodes costs its own limit, not the server.</summary>
    [Fact]
    public async Task ExplodingExpression_Ends()
    {
        await using var bench = new CleanupBench("body_checks = pcre:{{/^(a+)+$$/ REJECT never}}");
        var started = Stopwatch.GetTimestamp();
        var result = await bench.SendAsync(
            CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], [Encoding.ASCII.GetBytes("Subject: s\n\n" + new string('a', 2000) + "!\n")]);
        Assert.NotEqual(CleanupOutcome.Rejected, result.Outcome);
        Assert.True(Stopwatch.GetElapsedTime(started) < Limit);
    }

    /// <summary>D02: what a pattern took from the message is put in as it is, and not read once more.</summary>
    [Theory]
    [InlineData("${run{/bin/sh}}")]
    [InlineData("$(id) `id` $1 ${1} $$")]
    [InlineData("REJECT $recipient")]
    public async Task TextOfAMatch_IsNotExpanded(string text)
    {
        await using var bench = new CleanupBench("header_checks = regexp:{{/^Subject: (.*)/ REPLACE Subject: <$$1>}}");
        var result = await bench.SendAsync(
            CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], [Encoding.ASCII.GetBytes($"Subject: {text}\n\nx\n")]);

        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
        Assert.Contains($"Subject: <{text}>\n", Encoding.ASCII.GetString(bench.LastContent()), StringComparison.Ordinal);
    }

    private static async Task PassesAsync(string name, string content)
    {
        await using var bench = new CleanupBench("message_size_limit = 0");
        var started = Stopwatch.GetTimestamp();
        var result = await bench.SendAsync(CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], [Encoding.Latin1.GetBytes(content)]);

        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
        Assert.True(Stopwatch.GetElapsedTime(started) < Limit, name);

        // Alive, with everything in its place.
        Assert.Equal(CleanupOutcome.Ok, (await bench.SendAsync(CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], ["Subject: s\n\nx\n"u8.ToArray()])).Outcome);
    }
}
