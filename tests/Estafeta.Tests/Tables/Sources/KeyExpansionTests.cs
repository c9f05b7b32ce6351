using Estafeta.Tables;
using Estafeta.Tables.Sources;

namespace Estafeta.Tests.Tables.Sources;

public sealed class KeyExpansionTests
{
    [Theory]
    [InlineData("%s", "u@d.e", "<u@d.e>")]
    [InlineData("%u at %d", "u@d.e", "<u> at <d.e>")]
    [InlineData("%S%U%D", "u@d", "<u@d><u><d>")]
    [InlineData("%1 %2", "u@a.b.c", "<c> <b>")]
    [InlineData("%3", "u@a.b.c", "<a>")]
    [InlineData("%4", "u@a.b.c", null)]
    [InlineData("%u", "bare", "<bare>")]
    [InlineData("%d", "bare", null)]
    [InlineData("%1", "bare.dotted", null)]
    [InlineData("%u", "@d", null)]
    [InlineData("%s", "@d", "<@d>")]
    [InlineData("%d", "u@", null)]
    [InlineData("100%% %s", "k", "100% <k>")]
    [InlineData("%u", "a@b@c", "<a@b>")]
    [InlineData("none", "k", "none")]
    public void Expand_Query_QuotesThePartsOrSuppresses(string format, string key, string? expected) =>
        Assert.Equal(expected, KeyExpansion.Parse("query", format).Expand(key, text => $"<{text}>"));

    [Theory]
    [InlineData("%s", "k@d", "r@x", "r@x")]
    [InlineData("%u=%U", "k@d", "r@x", "r=k")]
    [InlineData("%d=%D", "k@d", "r@x", "x=d")]
    [InlineData("%1:%s", "k@d.e", "r", "e:r")]
    [InlineData("%d", "k@d", "r", null)]
    [InlineData("%u", "k@d", "@x", null)]
    [InlineData("%D", "k", "r@x", null)]
    public void Expand_Result_SmallLettersAreOfTheResult(string format, string key, string result, string? expected) =>
        Assert.Equal(expected, KeyExpansion.Parse("result_format", format, isResult: true).ExpandResult(key, result));

    [Theory]
    [InlineData("%x")]
    [InlineData("%")]
    [InlineData("%0")]
    public void Parse_UnknownExpansion_IsRefused(string format) =>
        Assert.Throws<TableUnavailableException>(() => KeyExpansion.Parse("query", format));
}
