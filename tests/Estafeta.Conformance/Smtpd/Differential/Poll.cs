using System.Diagnostics;

namespace Estafeta.Conformance.Smtpd.Differential;

internal static class Poll
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Waits for something that is about to happen; a test that waits in vain fails by what it looks at next.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition() && Stopwatch.GetElapsedTime(start) < Patience)
        {
            await Task.Delay(10);
        }
    }
}
