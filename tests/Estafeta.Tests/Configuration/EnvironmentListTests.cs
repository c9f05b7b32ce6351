using Estafeta.Configuration;
using Estafeta.Configuration.Lists;

namespace Estafeta.Tests.Configuration;

public class EnvironmentListTests
{
    [Fact]
    public void Parse_TakesNamesAndValues_WithBlanksInBraces() => Assert.Equal(
        [("TZ", null), ("LANG", "C"), ("GREETING", "hello, world"), ("EMPTY", "")],
        EnvironmentList.Parse("TZ LANG=C, { GREETING = hello, world } EMPTY="));

    [Fact]
    public void Parse_OpenBrace_IsRefused() => Assert.Throws<ConfigurationException>(() => EnvironmentList.Parse("{ A=b").ToList());
}
