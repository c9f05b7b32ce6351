using Estafeta.Configuration;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Tests.Configuration;

public class MasterCfFileTests
{
    public static TheoryData<string, string> Problems => [.. TestData.Pairs("master-problems.tsv")];

    [Theory]
    [MemberData(nameof(Problems))]
    public void Parse_BadEntry_IsToldInPostfixsWords(string text, string expected)
    {
        var problem = Record.Exception(() => MasterCfFile.Parse(text, "/c/master.cf")) as ConfigurationException;

        Assert.Equal(expected, problem?.Message ?? "");
    }

    [Fact]
    public void Parse_AllColumns_AreUnderstood()
    {
        var entry = Only("2525 inet n y n 60? 5 smtpd -v -v -o a=b -o { c = d e } -o f=");

        Assert.Equal(("2525", ServiceType.Inet, false, true, false), (entry.Name, entry.Type, entry.IsPrivate, entry.IsUnprivileged, entry.Chroot));
        Assert.Equal((60, true, 5, "smtpd", 2), (entry.WakeupSeconds, entry.WakeupOnlyIfUsed, entry.ProcessLimit, entry.Command, entry.Verbosity));
        Assert.Equal([new("a", "b"), new("c", "d e"), new("f", "")], entry.Overrides);
        Assert.Equal(["-v", "-v", "-o", "a=b", "-o", "c = d e", "-o", "f="], entry.Arguments);
    }

    [Fact]
    public void Parse_Dashes_AreTheDefaults()
    {
        var entry = Only("x unix - - - - - error");

        Assert.Equal((true, true, false, 0, false, null), (entry.IsPrivate, entry.IsUnprivileged, entry.Chroot, entry.WakeupSeconds, entry.WakeupOnlyIfUsed, entry.ProcessLimit));
        Assert.Equal("private/x", entry.Endpoint);
    }

    [Fact]
    public void Parse_BracedArgument_IsOneArgumentWithoutItsBraces() =>
        Assert.Equal(
            ["user=a", "argv=/bin/x", "-f ${sender}", "{y}"],
            Only("p unix - n n - - pipe user=a argv=/bin/x { -f ${sender} } {{y}}").Arguments);

    [Fact]
    public void Parse_OverrideAfterFirstPlainArgument_IsNotOurs() =>
        Assert.Empty(Only("p unix - n n - - pipe argv=/bin/x -o a=b").Overrides);

    [Theory]
    [InlineData("unix-dgram", ServiceType.UnixDatagram)]
    [InlineData("pass", ServiceType.Pass)]
    [InlineData("fifo", ServiceType.Fifo)]
    public void Parse_Type_IsKnownByItsName(string name, ServiceType type)
    {
        var entry = Only($"x {name} n - n - 1 error");

        Assert.Equal(type, entry.Type);
        Assert.Equal(name, entry.TypeName);
    }

    [Fact]
    public void Parse_Continuation_KeepsTheLineOfItsStart()
    {
        var file = MasterCfFile.Parse("# c\n\nx unix n - n\n   - 1\n# c\n\n  error\ny unix - - - - - error", "/m");

        Assert.Equal([3, 8], file.Entries.Select(e => e.Line));
    }

    [Fact]
    public void Parse_SecondEntryOfAService_ReplacesTheFirst()
    {
        var file = MasterCfFile.Parse("x unix n - n - - error\nx unix n - n - 7 error\nx unix y - n - 1 error\n", "/m");

        Assert.Equal([7, 1], file.Entries.Select(e => e.ProcessLimit!.Value));
        Assert.Equal(["duplicate master.cf entry for service \"x\" (public/x) -- using the last entry"], file.Warnings);
    }

    [Fact]
    public void With_Service_SetsItsOverridesAndNames()
    {
        var entry = Only("x unix n - n - - /usr/libexec/smtpd -o mail_name=$service_name/$process_name");

        Assert.Equal("x/smtpd", ParameterSet.Parse("").With(entry).Get(Estafeta.Configuration.Catalogue.Parameters.MailName));
    }

    private static MasterEntry Only(string text) => Assert.Single(MasterCfFile.Parse(text, "/m").Entries);
}
