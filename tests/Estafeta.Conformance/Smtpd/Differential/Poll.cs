namespace Estafeta.Conformance.Smtpd.Differential;

internal static class Poll
{
    /// <summary>Waits for something that is about to happen; a test that waits in vain fails by what it looks at next.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var attempt = 0; attempt < 2000 && !condition(); attempt++)
        {
            await Task.Delay(5);
        }
    }
}
