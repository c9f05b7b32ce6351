using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Estafeta.Interop.Filters;

/// <summary>
/// Runs a test in a network namespace of its own: its own loopback, where every port is free, and nothing else. The test runs in a second
/// process of this program, started by unshare(1); what becomes of it becomes of the test.
/// </summary>
internal static class OwnNetwork
{
    private const string Marker = "ESTAFETA_TEST_OWN_NETWORK";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // The name server is the test's, on the loopback address.
    private const string OwnResolver = "file=$(mktemp) && echo nameserver 127.0.0.1 >$file && chmod 644 $file && mount --bind $file /etc/resolv.conf && rm $file";

    /// <param name="test">The class of the test.</param>
    /// <param name="scenario">What to do there.</param>
    /// <param name="hasNameServer">The scenario serves names, on port 53 of 127.0.0.1, and all programs there ask it.</param>
    /// <param name="method">The test.</param>
    public static async Task RunAsync(Type test, Func<Task> scenario, bool hasNameServer = false, [CallerMemberName] string method = "")
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "a network namespace of its own needs root");
        if (Environment.GetEnvironmentVariable(Marker) != null)
        {
            await scenario();
            return;
        }

        Assert.SkipUnless(File.Exists("/usr/bin/unshare") && (File.Exists("/usr/sbin/ip") || File.Exists("/sbin/ip")), "not installed: util-linux or iproute2");
        var start = new ProcessStartInfo("/usr/bin/unshare", [
            hasNameServer ? "-nm" : "-n", "sh", "-c", $"ip link set lo up && {(hasNameServer ? OwnResolver : "true")} && exec \"$0\" \"$@\"", Environment.ProcessPath!, "-noLogo", "-noColor", "-method", $"{test.FullName}.{method}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [Marker] = "1" },
        };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Patience);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var errors = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{method} does not end");
        }

        var text = await output + await errors;
        Assert.True(process.ExitCode == 0 && text.Contains("Total: 1", StringComparison.Ordinal), text);
        Assert.SkipWhen(text.Contains("Skipped: 1", StringComparison.Ordinal), Reason(text));
    }

    private static string Reason(string text)
    {
        var line = text.Split('\n').FirstOrDefault(l => l.Contains("not installed", StringComparison.Ordinal)) ?? "skipped in its own network";
        return line.Trim();
    }
}
