using Estafeta.Daemons.Postscreen.Cache;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>The value of a cache entry: what an installed Postfix wrote, and every beginning of it.</summary>
public class TestResultsTests
{
    private const ScreeningTests All = ScreeningTests.Early | ScreeningTests.Deep;
    private const long Now = 1_795_672_000;

    [Theory]
    [InlineData("1795758500;1;0;0;0", All, ScreeningTests.Dnsbl | ScreeningTests.Deep, true)]
    [InlineData("1795758500;1;0;0;0", ScreeningTests.Pregreet, ScreeningTests.None, false)]
    [InlineData("1795671999;1795758500;1798264101;1798264101;1798264101", All, ScreeningTests.Pregreet, false)]
    [InlineData("1795758500;1795758500;1798264101;1798264101;1798264101", All, ScreeningTests.None, false)]
    [InlineData("1795758500;1", All, ScreeningTests.Dnsbl | ScreeningTests.Deep, true)]
    [InlineData("1795758500;1;0;0;0;17", ScreeningTests.Pregreet, ScreeningTests.None, false)]
    internal void Entry_IsUnderstood(string value, ScreeningTests enabled, ScreeningTests outstanding, bool isNew)
    {
        var results = Assert.NotNull(TestResults.Parse(value));
        Assert.Equal(outstanding, results.Outstanding(enabled, Now));
        Assert.Equal(isNew, results.IsNew(enabled));
    }

    [Theory]
    [InlineData("")]
    [InlineData(";")]
    [InlineData("1;")]
    [InlineData("-1;0")]
    [InlineData("yes;0;0;0;0")]
    [InlineData("1 ;0;0;0;0")]
    [InlineData("99999999999999999999;0;0;0;0")]
    public void Rubbish_IsNoEntry(string value) => Assert.Null(TestResults.Parse(value));

    [Fact]
    public void EveryBeginning_IsAnEntryOrNone()
    {
        const string Whole = "1795758500;1795758501;1798264102;1798264103;1798264104";
        for (var length = 0; length <= Whole.Length; length++)
        {
            var text = Whole[..length];
            Assert.Equal(length > 0 && text[^1] != ';', TestResults.Parse(text) != null);
        }

        Assert.Equal(Whole, Assert.NotNull(TestResults.Parse(Whole)).Format(All));
    }

    [Fact]
    public void Format_SaysWhatWasNotEnabled()
    {
        var results = default(TestResults);
        results[ScreeningTest.Pregreet] = 1795758500;
        Assert.Equal("1795758500;1;0;1;1", results.Format(ScreeningTests.Pregreet | ScreeningTests.Pipelining));
    }
}
