using System.Text;
using System.Text.Json;
using Estafeta.Commands.Check;
using Estafeta.Commands.CommandLine;

namespace Estafeta.Tests.Commands.Check;

/// <summary>estafeta check on seeded mistakes in an otherwise good configuration, and on good ones.</summary>
public sealed class CheckTests : IDisposable
{
    private const string GoodMain = "myhostname = mail.example.com\nmydestination = $myhostname, localhost, example.com\ncompatibility_level = 3.6\n";

    private const string GoodMaster = """
        smtp inet n - n - - smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        local unix - n n - - local
        virtual unix - n n - - virtual

        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta").FullName;

    public static TheoryData<string, string, string> Mistakes => [.. Rows("seeded-mistakes.tsv")];

    public static TheoryData<string, string, string> Good => [.. Rows("good-configurations.tsv")];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistake_IsFound(string rule, string mainLine, string masterLine)
    {
        var findings = Findings(GoodMain + mainLine + "\n", GoodMaster + masterLine + "\n");

        Assert.Contains(rule, findings.Select(f => f.Rule));
    }

    [Fact]
    public void GoodConfiguration_HasNoFindings() => Assert.Empty(Findings(GoodMain, GoodMaster));

    [Theory]
    [MemberData(nameof(Good))]
    public void Recipe_HasNoFalseAlarms(string name, string main, string master)
    {
        _ = name;
        var findings = Findings("myhostname = mail.example.com\ncompatibility_level = 3.6\n" + main + "\n", GoodMaster + master + "\n");

        // That a parameter is not acted upon yet is true, and goes away.
        Assert.DoesNotContain(findings, f => f.Rule is not ("not-honoured" or "overridden"));
    }

    [Fact]
    public void MissingService_IsFound() =>
        Assert.Contains("missing-service", Findings(GoodMain, "smtp inet n - n - - smtpd\n").Select(f => f.Rule));

    [Fact]
    public void WritableFile_IsFound()
    {
        Write("main.cf", GoodMain);
        Write("master.cf", GoodMaster);
        File.SetUnixFileMode(Path.Combine(_directory, "main.cf"), UnixFileMode.UserRead | UnixFileMode.GroupWrite);

        Assert.Contains("writable-configuration", CheckProgram.Findings(CheckedConfiguration.Load(_directory), TimeProvider.System).Select(f => f.Rule));
    }

    [Fact]
    public void StaleTable_IsFound()
    {
        var source = Write("transport", "x y\n");
        var made = Write("transport.lmdb", "");
        File.SetLastWriteTimeUtc(made, File.GetLastWriteTimeUtc(source).AddMinutes(-1));

        Assert.Contains("table-stale", Findings(GoodMain + $"transport_maps = lmdb:{source}\n", GoodMaster).Select(f => f.Rule));
    }

    [Fact]
    public void Finding_HasPlaceAndNearestName()
    {
        var finding = Assert.Single(Findings(GoodMain + "\nrelay_host = x\n", GoodMaster));

        Assert.Equal(("main.cf", 5), (Path.GetFileName(finding.Position.File), finding.Position.Line));
        Assert.Equal("write relayhost, or remove it", finding.Remedy);
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("--sarif")]
    public async Task Report_IsJson(string option)
    {
        Write("main.cf", GoodMain + "biff = maybe\n");
        Write("master.cf", GoodMaster);
        using var output = new MemoryStream();

        var exitCode = await CheckProgram.RunAsync(["-c", _directory, option], TimeProvider.System, new CommandStreams(Stream.Null, output, Stream.Null));

        Assert.Equal(1, exitCode);
        using var json = JsonDocument.Parse(Encoding.UTF8.GetString(output.ToArray()));
        Assert.Contains("bad boolean configuration", json.RootElement.GetRawText(), StringComparison.Ordinal);
    }

    private static IReadOnlyList<Finding> Findings(string main, string master) =>
        CheckProgram.Findings(CheckedConfiguration.Parse(main, master, "/c"), TimeProvider.System);

    private static IEnumerable<(string, string, string)> Rows(string file) =>
        File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Commands", "Check", file))
            .Where(l => l.Length > 0 && !l.StartsWith('#'))
            .Select(l => l.Replace("\\n", "\n", StringComparison.Ordinal).Split('\t'))
            .Select(c => (c[0], c[1], c[2]));

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
