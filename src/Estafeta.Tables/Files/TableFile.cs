namespace Estafeta.Tables.Files;

/// <summary>Reads a table's file whole, and words the failure as the system does.</summary>
public static class TableFile
{
    /// <exception cref="TableUnavailableException"><c>open FILE: reason</c>.</exception>
    public static byte[] ReadAll(string path, string what = "open ")
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new TableUnavailableException($"{what}{path}: {Reason(e)}");
        }
    }

    public static string Reason(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
        UnauthorizedAccessException when e.InnerException is IOException inner => inner.Message,
        UnauthorizedAccessException => "Permission denied",
        _ => e.Message,
    };
}
