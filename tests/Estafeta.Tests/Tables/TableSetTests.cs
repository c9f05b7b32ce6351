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
}
