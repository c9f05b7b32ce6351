namespace Estafeta.Conformance;

/// <summary>The directory of a private Postfix that was told to stop: its processes outlive their master for a moment, and may still write.</summary>
internal static class PostfixDirectory
{
    private const int Attempts = 600;

    public static async Task DeleteAsync(string path)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                Directory.Delete(path, recursive: true);
                return;
            }
            catch (IOException) when (attempt < Attempts)
            {
                await Task.Delay(50);
            }
        }
    }
}
