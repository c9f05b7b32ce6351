using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Tests.Configuration;

public class ParameterSetTests
{
    public static TheoryData<string, string> Problems => [.. TestData.Pairs("value-problems.tsv")];

    [Theory]
    [MemberData(nameof(Problems))]
    public void Get_BadValue_IsToldInPostfixsWordsWithItsPlace(string line, string expected)
    {
        var parameters = ParameterSet.Parse("# comment\n" + line, "/c");
        var parameter = Parameters.Find(line[..line.IndexOf('=', StringComparison.Ordinal)])!;

        var problem = Record.Exception(() => Read(parameters, parameter)) as ConfigurationException;

        Assert.Equal(expected, problem?.Problem ?? "");
        if (problem != null)
        {
            Assert.EndsWith("(/c/main.cf, line 2)", problem.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("5", 5)]
    [InlineData("5s", 5)]
    [InlineData("2m", 120)]
    [InlineData("3h", 10800)]
    [InlineData("1d", 86400)]
    [InlineData("2w", 1209600)]
    public void Get_Time_CountsItsUnit(string value, int seconds) =>
        Assert.Equal(seconds, (int)ParameterSet.Parse($"ipc_timeout = {value}").Get(Parameters.IpcTimeout).TotalSeconds);

    [Fact]
    public void Get_TimeWithoutUnit_HasTheUnitOfTheDefault() =>
        Assert.Equal(TimeSpan.FromDays(2), ParameterSet.Parse("maximal_queue_lifetime = 2").Get(Parameters.MaximalQueueLifetime));

    [Fact]
    public void Parse_ContinuationAndComments_MakeOneValue()
    {
        var parameters = ParameterSet.Parse("a = x\n  y\n# no\n\n \n  # no\n\tz\nb=1");

        Assert.Equal("x  y\tz", parameters.Find("a"));
        Assert.Equal("1", parameters.Find("b"));
        Assert.Equal(8, parameters.PositionOf("b").Line);
    }

    [Theory]
    [InlineData("a = 1\nfoo   bar\n  baz", "/c/main.cf, line 2: missing '=' after attribute name: \"foo   bar  baz\"")]
    [InlineData("= foo", "/c/main.cf, line 1: missing attribute name: \"= foo\"")]
    [InlineData("a b = c", "/c/main.cf, line 1: missing '=' after attribute name: \"a b = c\"")]
    public void Parse_BadLine_IsRefusedWithItsLine(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<ConfigurationException>(() => ParameterSet.Parse(text, "/c")).Message);

    [Fact]
    public void Parse_SecondEntry_WinsWithAWarning()
    {
        var parameters = ParameterSet.Parse("a = 1\na = 2\na = 2", "/c");

        Assert.Equal("2", parameters.Find("a"));
        Assert.Equal(["/c/main.cf, line 2: overriding earlier entry: a=1"], parameters.Warnings);
    }

    [Fact]
    public void Parse_FirstLineIndented_IsDroppedWithAWarning()
    {
        var parameters = ParameterSet.Parse("  aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa = 1\n  b = 2\nc = 3", "/c");

        Assert.Equal(["c"], parameters.SetNames);
        Assert.Equal(["/c/main.cf: logical line must not start with whitespace: \"  aaaaaaaaaaaaaaaaaaaaaaaaaaaa...\""], parameters.Warnings);
    }

    [Fact]
    public void Get_Hostname_CompletesMydomainBothWays()
    {
        Assert.Equal("b.c", ParameterSet.Parse("myhostname = a.b.c").Get(Parameters.Mydomain));
        Assert.Equal("localdomain", ParameterSet.Parse("myhostname = a").Get(Parameters.Mydomain));
        Assert.Equal($"{Environment.MachineName}.x.y", ParameterSet.Parse("mydomain = x.y").Get(Parameters.Myhostname));
    }

    [Fact]
    public void Get_MydomainMadeOfMyhostname_EndsWithoutLoop() =>
        Assert.Equal($"{Environment.MachineName}.", ParameterSet.Parse("mydomain = $myhostname").Get(Parameters.Myhostname));

    [Fact]
    public void Get_Mynetworks_FollowsItsStyle()
    {
        Assert.StartsWith("127.0.0.1/32", ParameterSet.Parse("mynetworks_style = host\ninet_interfaces = loopback-only").Get(Parameters.Mynetworks), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.0/8", ParameterSet.Parse("mynetworks_style = subnet\ninet_interfaces = 127.0.0.1").Get(Parameters.Mynetworks), StringComparison.Ordinal);
        Assert.Equal(
            "unknown mynetworks mask style value \"wide\" in \"wide\"",
            Assert.Throws<ConfigurationException>(() => ParameterSet.Parse("mynetworks_style = wide").Get(Parameters.Mynetworks)).Problem);
    }

    [Fact]
    public void Get_ComputedFromItself_IsRefused() =>
        Assert.Throws<Estafeta.Configuration.Macros.MacroException>(() => ParameterSet.Parse("mynetworks_style = $mynetworks").Get(Parameters.Mynetworks));

    [Fact]
    public void Find_ReadOnlyName_IgnoresMainCf()
    {
        var parameters = ParameterSet.Parse("service_name = x\nprocess_name = y").With(new ProcessIdentity("smtpd", "submission"));

        Assert.Equal("submission smtpd", parameters.Expand("$service_name $process_name"));
    }

    [Fact]
    public void With_Overrides_StandOnTopOfMainCf()
    {
        var parameters = ParameterSet.Parse("biff = no\nstress =").With([new("stress", "yes")]);

        Assert.Equal("yes", parameters.Find("stress"));
        Assert.Equal(1, parameters.Get(Parameters.SmtpdHardErrorLimit));
    }

    [Fact]
    public void Get_CompatibilityLevel_ChoosesDefaults()
    {
        Assert.Equal("subnet", ParameterSet.Parse("").Get(Parameters.MynetworksStyle));
        Assert.Equal("host", ParameterSet.Parse("compatibility_level = 3.6").Get(Parameters.MynetworksStyle));
    }

    private static object Read(ParameterSet parameters, Parameter parameter) => parameter switch
    {
        BooleanParameter p => parameters.Get(p),
        IntegerParameter p => parameters.Get(p),
        LongParameter p => parameters.Get(p),
        TimeParameter p => parameters.Get(p),
        StringParameter p => parameters.Get(p),
        _ => throw new ArgumentException(parameter.Name),
    };
}
