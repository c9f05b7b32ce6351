using Estafeta.Configuration;
using Estafeta.Configuration.Macros;

namespace Estafeta.Tests.Configuration;

public class MacroExpanderTests
{
    public static TheoryData<string, string> Vectors => [.. TestData.Pairs("macros.tsv")];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Expand_Expression_IsWhatPostfixMakesOfIt(string expression, string expected)
    {
        var parameters = ParameterSet.Parse($"hash_queue_depth = <{expression}>\nmyhostname = h.x\nbiff = no\nhollow = $nothing\n");

        string result;
        try
        {
            result = parameters.Expand(parameters.Find("hash_queue_depth")!)[1..^1];
        }
        catch (MacroException e)
        {
            result = "!" + e.Problem;
        }

        Assert.Equal(expected, result);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Expand_EveryPrefix_EndsWithAValueOrAMacroError(string expression, string expected)
    {
        _ = expected;
        for (var length = 0; length <= expression.Length; length++)
        {
            var prefix = expression[..length];
            _ = Record.Exception(() => MacroExpander.Expand(prefix, static _ => "value", MacroOptions.Recursive)) switch
            {
                null or MacroException => true,
                var other => throw other,
            };
        }
    }

    [Fact]
    public void Expand_NameThatMeansItself_IsRefused() =>
        Assert.Equal(
            "unreasonable macro call nesting: \"a\"",
            Assert.Throws<MacroException>(() => MacroExpander.Expand("$a", static _ => "$a", MacroOptions.Recursive)).Problem);

    [Fact]
    public void Expand_PlainOption_LeavesValuesAlone() =>
        Assert.Equal("$b", MacroExpander.Expand("$a", static _ => "$b", MacroOptions.Plain));

    [Fact]
    public void Expand_AllowedCharacters_ReplacesOthersInValuesOnly() =>
        Assert.Equal("; a_b", MacroExpander.Expand("; $a", static _ => "a;b", new MacroOptions { AllowedCharacters = "abc" }));

    [Fact]
    public void Expand_AllBranches_LooksUpEveryName()
    {
        var names = new List<string>();
        _ = MacroExpander.Expand(
            "$a ${b?{$c}:{$d}} ${{$e} <level {$f} ? {$g} : {$h}} ${domain_to_ascii{$i}}",
            name =>
            {
                names.Add(name);
                return null;
            },
            MacroOptions.Scan);

        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h", "i"], names);
    }

    [Theory]
    [InlineData("${domain_to_ascii{$d}}", "xn--bcher-kva.example")]
    [InlineData("${domain_to_ascii{Plain.Example}}", "Plain.Example")]
    [InlineData("${domain_to_utf8{xn--bcher-kva.example}}", "bücher.example")]
    public void Expand_Function_ConvertsItsArgument(string expression, string expected) =>
        Assert.Equal(expected, MacroExpander.Expand(expression, static _ => "bücher.example", MacroOptions.Recursive));
}
