using Estafeta.Configuration;
using Estafeta.Configuration.Usage;

namespace Estafeta.Tests.Configuration;

public class CommentInValueTests
{
    [Theory]
    [InlineData("200 # raised for the campaign", "# raised for the campa...")]
    [InlineData("yes #now", "#now ...")]
    [InlineData("#all", "#all ...")]
    [InlineData("a, # b", "# b...")]
    public void Warning_WordThatStartsWithHash_IsShown(string value, string shown) =>
        Assert.Equal("#comment after other text is not allowed: " + shown, CommentInValue.Warning(value));

    [Theory]
    [InlineData("")]
    [InlineData("a#b")]
    [InlineData("hash:/etc/x#y z")]
    [InlineData("inline:{ #a=b }")]
    public void Warning_HashInsideAWord_IsNone(string value) => Assert.Null(CommentInValue.Warning(value));

    [Fact]
    public void Comments_OfParametersThatMeanSomething_HaveTheirPlace()
    {
        var main = ParameterSet.Parse("nobody_reads_this = x # y\ndefault_process_limit = 200 # more\n", "/c");
        var usage = ParameterUsage.Analyze(main, [], static _ => { }, static (_, _) => { });
        usage.AnalyzeTables();

        var (warning, position) = Assert.Single(usage.Comments);

        Assert.Equal("#comment after other text is not allowed: # more...", warning);
        Assert.Equal(("/c/main.cf", 2), (position.File, position.Line));
    }
}
