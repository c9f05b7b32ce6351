using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;

namespace Estafeta.Tests.Configuration;

public class ConfigurationSnapshotTests
{
    [Fact]
    public void Parse_EverythingWrong_IsToldAtOnce()
    {
        var snapshot = ConfigurationSnapshot.Parse(
            "biff = maybe\nnonsense\nipc_timeout = 5x\nhash_queue_depth = 0\nmyorigin = $myorigin\n",
            "x unix - - n - - error -o biff=perhaps\ny nowhere - - n - - error\nz unix\n",
            "/c");

        Assert.False(snapshot.IsGood);
        Assert.Equal(
            [
                "/c/main.cf, line 2: missing '=' after attribute name: \"nonsense\"",
                "/c/master.cf: line 2: bad transport type: nowhere",
                "/c/master.cf: line 3: missing \"private\" field",
            ],
            snapshot.SyntaxProblems.Select(p => p.Message));
        Assert.Equal(
            [
                "bad boolean configuration: biff = maybe (/c/main.cf, line 1)",
                "bad boolean configuration: biff = perhaps (/c/master.cf, line 1)",
                "invalid hash_queue_depth parameter value 0 < 1 (/c/main.cf, line 4)",
                "parameter ipc_timeout: bad time value or unit: 5x (/c/main.cf, line 3)",
                "unreasonable macro call nesting: \"myorigin\" (/c/main.cf, line 5)",
            ],
            snapshot.ValueProblems.Select(p => p.Message).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Parse_GoodFiles_AreGood()
    {
        var snapshot = ConfigurationSnapshot.Parse("biff = no\nown = x\n", "x unix - - n - - error -o biff=yes\n", "/c");

        Assert.True(snapshot.IsGood);
        Assert.Empty(snapshot.Warnings);
        snapshot.RequireGood();
    }

    [Fact]
    public void Parse_OverrideOfService_IsReadWithItsOwnParameters() =>
        Assert.True(ConfigurationSnapshot.Parse("stress = no\n", "x unix - - n - - error -o a=yes -o biff=$a\n", "/c").IsGood);

    [Fact]
    public void Warnings_NameWhatNothingActsUpon_InServiceOptionsToo()
    {
        var name = NotYetHonoured.Names.First();
        var snapshot = ConfigurationSnapshot.Parse($"{name} = 1\n", $"a unix - - n - - smtp\nb unix - - n - - smtp -o {name}=1\n", "/c");

        Assert.Contains($"/c/main.cf, line 1: parameter \"{name}\" is set, but not yet acted upon", snapshot.Warnings);
        Assert.Contains($"/c/master.cf, line 2: parameter \"{name}\" is set, but not yet acted upon", snapshot.Warnings);
    }
}
