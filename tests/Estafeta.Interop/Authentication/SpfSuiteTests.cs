using System.Diagnostics;
using System.Net;
using System.Text;
using Estafeta.Authentication.Spf;
using Estafeta.Tests.Authentication;

namespace Estafeta.Interop.Authentication;

/// <summary>The public suite of RFC 7208, where Debian's python3-spf has installed it.</summary>
public sealed class SpfSuiteTests
{
    private const string Suite = "/usr/share/doc/python3-spf/rfc7208-tests.yml.gz";

    [Fact]
    public async Task EveryCase_GivesOneOfItsResults()
    {
        Assert.SkipUnless(File.Exists(Suite), "the suite is not installed (apt-get install python3-spf)");
        Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/yaml"), "not installed: python3-yaml");
        var cases = Zone.ReadCases(await ConvertAsync());
        var wrong = new List<string>();
        foreach (var (name, (zone, fields)) in cases)
        {
            if (name.EndsWith(": macro-mania-in-domain", StringComparison.Ordinal))
            {
                continue; // a name with blanks, which our resolver does not ask for
            }

            var checker = new SpfChecker(zone.Lookup, "receiver.example", TimeProvider.System);
            var outcome = await checker.CheckAsync(IPAddress.Parse(fields[1]), fields[2], fields[3], TestContext.Current.CancellationToken);
            if (!fields[4].Split(',').Contains(outcome.Word) || (fields.Length > 5 && !fields[5].Equals(outcome.Explanation, StringComparison.OrdinalIgnoreCase)))
            {
                wrong.Add($"{name}: {outcome.Word} ({outcome.Reason}; {outcome.Explanation}), not {fields[4]}");
            }
        }

        Assert.Empty(wrong);
        Assert.InRange(cases.Count, 190, int.MaxValue);
    }

    private static async Task<string[]> ConvertAsync()
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "Authentication/spf-suite.py"), Suite])
        {
            RedirectStandardOutput = true,
            StandardOutputEncoding = Encoding.Latin1,
        })!;
        var output = await python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await python.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, python.ExitCode);
        return output.Split('\n');
    }
}
