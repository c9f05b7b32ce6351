using System.Diagnostics.Metrics;
using Estafeta.Configuration;
using Estafeta.Tables;

namespace Estafeta.Tests.Tables;

public sealed class TableSetTests
{
    [Theory]
    [InlineData("static:a", "x", "a")]
    [InlineData("static:{ a b }", "x", "a b")]
    [InlineData("inline:{a=b, { K = text with, comma }}", "k", "text with, comma")]
    [InlineData("inline:{É=b}", "é", "b")]
    [InlineData("unionmap:{static:a,inline:{z=b},static:c}", "x", "a,c")]
    [InlineData("pipemap:{static:a,inline:{a=c}}", "x", "c")]
    [InlineData("pipemap:{static:b,inline:{a=c}}", "x", null)]
    [InlineData("randmap:{a}", "x", "a")]
    [InlineData("pcre:{{/a(b{2})/ b$1}}", "abb", "bbb")]
    [InlineData("regexp:{{/^(a)(b)?c$/ x${1}y$(2)z$$}}", "ac", "xayz$")]
    [InlineData("cidr:{{1.2.3.4 a b}, {!::1 c}}", "1.2.3.4", "a b")]
    [InlineData("cidr:{{1.2.3.4 a b}, {!::1 c}}", "5.6.7.8", null)]
    [InlineData("unix:passwd.byname", "root", "root:x:0:0:root:/root:/bin/bash")]
    public async Task Lookup_TableInConfiguration_Answers(string table, string key, string? expected)
    {
        await using var fixture = new TableFixture();
        Assert.Equal(expected, await fixture.FindAsync(table, key));
    }

    [Theory]
    [InlineData("foo:bar", "unsupported dictionary type: foo")]
    [InlineData("inline:x", "bad syntax: \"inline:x\"; need \"inline:{name=value...}\"")]
    [InlineData("texthash:/nonexistent/x", "open database /nonexistent/x: No such file or directory")]
    [InlineData("regexp:/nonexistent/x", "open /nonexistent/x: No such file or directory")]
    [InlineData("hash:/nonexistent/x", "open database /nonexistent/x.db: No such file or directory")]
    [InlineData("lmdb:/nonexistent/x", "open database /nonexistent/x.lmdb: No such file or directory")]
    [InlineData("fail:x", "Application error")]
    [InlineData("unionmap:{static:a,fail:b}", "Application error")]
    public async Task Lookup_TableThatCannotBeOpened_IsTrouble(string table, string reason)
    {
        await using var fixture = new TableFixture();
        var list = fixture.Tables.OpenList("virtual_alias_maps", table);
        var result = await list.LookupAsync("x", TestContext.Current.CancellationToken);
        Assert.Equal(LookupOutcome.Trouble, result.Outcome);
        Assert.Equal(reason, result.Value);
        Assert.Contains(fixture.Warnings, w => w.Contains(table, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Open_TableThatCannotBeOpened_IsFatalWhereTheConfigurationSaysSo()
    {
        await using var fixture = new TableFixture("daemon_table_open_error_is_fatal = yes\n");
        var e = Assert.Throws<ConfigurationException>(() => fixture.Tables.OpenList("virtual_alias_maps", "lmdb:/nonexistent/x"));
        Assert.Equal("open database /nonexistent/x.lmdb: No such file or directory", e.Message);
    }

    [Fact]
    public async Task Internal_Entries_LiveAsLongAsTheTable()
    {
        await using var fixture = new TableFixture();
        var table = (IUpdatableTable)fixture.Tables.Open("internal:x", TableFlags.FoldKeys | TableFlags.Write);
        var token = TestContext.Current.CancellationToken;
        Assert.True(await table.UpdateAsync("A", "b", token));
        Assert.True(await table.UpdateAsync("c", "d", token));
        Assert.True(await table.DeleteAsync("C", token));
        Assert.Equal(LookupResult.Found("b"), await table.LookupAsync("a", token));
        Assert.Equal(["a=b"], await table.ListAsync(token).Select(static e => $"{e.Key}={e.Value}").ToListAsync(token));
    }

    [Fact]
    public async Task OpenList_ItemWithoutType_IsRefused()
    {
        await using var fixture = new TableFixture();
        Assert.Throws<ConfigurationException>(() => fixture.Tables.OpenList("x_maps", "inline:{a=b}, plain"));
    }

    [Fact]
    public async Task Lookup_TroubleBeforeAnswer_DoesNotGoOnToTheNextTable()
    {
        await using var fixture = new TableFixture();
        var list = fixture.Tables.OpenList("x_maps", "inline:{a=b}, fail:x, static:c");
        Assert.Equal("b", (await list.LookupAsync("A", TestContext.Current.CancellationToken)).Value);
        Assert.True((await list.LookupAsync("z", TestContext.Current.CancellationToken)).IsTrouble);
    }

    [Theory]
    [InlineData("yes", 2)]
    [InlineData("no", 0)]
    public async Task Dispose_WithStatistics_SaysWhatEachTableWasAsked(string setting, int lines)
    {
        var told = new List<string>();
        var set = new TableSet(ParameterSet.Parse($"estafeta_table_statistics = {setting}\n")) { Inform = told.Add };
        var table = set.Open("inline:{a=b}");
        await table.LookupAsync("a", TestContext.Current.CancellationToken);
        await table.LookupAsync("x", TestContext.Current.CancellationToken);
        await set.Open("fail:x").LookupAsync("a", TestContext.Current.CancellationToken);
        await set.DisposeAsync();
        Assert.Equal(lines, told.Count);
        Assert.All(told, static line => Assert.Matches("^statistics: table (inline:{a=b}: lookups=2 found=1 notfound=1 trouble=0|fail:x: lookups=1 found=0 notfound=0 trouble=1) p50<\\d+us p99<\\d+us$", line));
    }

    [Fact]
    public async Task Lookup_WithAListener_IsMeasured()
    {
        var name = $"inline:{{k{Guid.NewGuid():N}=v}}";
        var measured = new List<string>();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, self) =>
            {
                if (instrument.Meter.Name == TableMetrics.MeterName)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Keep(instrument, tags));
        listener.Start();
        await using var set = new TableSet(ParameterSet.Parse(""));
        await set.Open(name).LookupAsync("x", TestContext.Current.CancellationToken);
        Assert.Equal(["estafeta.table.lookups notfound", "estafeta.table.lookup.duration "], measured);

        void Keep(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            // Other tests look up too.
            if (tags[0].Value as string == name)
            {
                measured.Add($"{instrument.Name} {(tags.Length > 1 ? tags[1].Value : "")}");
            }
        }
    }
}
