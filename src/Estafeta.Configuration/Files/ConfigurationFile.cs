namespace Estafeta.Configuration.Files;

/// <summary>Reads a configuration file whole; failure is told as Postfix tells it: <c>open /etc/postfix/main.cf: No such file or directory</c>.</summary>
public static class ConfigurationFile
{
    public static string ReadText(string path) => Read(path, File.ReadAllText);

    public static byte[] ReadBytes(string path) => Read(path, File.ReadAllBytes);

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ConfigurationException($"open {path}: No such file or directory");
        }
        catch (UnauthorizedAccessException)
        {
            throw new ConfigurationException($"open {path}: {(Directory.Exists(path) ? "Is a directory" : "Permission denied")}");
        }
    }
}
