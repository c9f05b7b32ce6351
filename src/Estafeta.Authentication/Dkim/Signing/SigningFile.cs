namespace Estafeta.Authentication.Dkim.Signing;

/// <summary>opendkim's ways to name a file of a table: <c>file:/path</c>, <c>refile:/path</c> or the path alone.</summary>
public static class SigningFile
{
    /// <summary>Null for lookup tables.</summary>
    public static string? PathOf(string value) =>
        value.StartsWith("refile:", StringComparison.Ordinal) ? value[7..]
        : value.StartsWith("file:", StringComparison.Ordinal) ? value[5..]
        : value.StartsWith('/') ? value
        : null;

    public static bool HasPatterns(string value) => value.StartsWith("refile:", StringComparison.Ordinal);

    /// <returns>Null, and why, for a file that cannot be read.</returns>
    public static string[]? ReadLines(string path, out string problem)
    {
        problem = "";
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = e.Message;
            return null;
        }
    }
}
