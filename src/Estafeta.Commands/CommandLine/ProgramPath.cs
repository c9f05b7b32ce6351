namespace Estafeta.Commands.CommandLine;

/// <summary>Where a program is, as a shell finds it: a name with a slash is a path, others are looked for in PATH.</summary>
internal static class ProgramPath
{
    private const string DefaultPath = "/usr/bin:/bin";

    /// <param name="name">As the user gave it.</param>
    /// <param name="first">Looked at before PATH.</param>
    /// <returns>Null when there is no such file.</returns>
    public static string? Find(string name, params ReadOnlySpan<string> first)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(name) ? name : null;
        }

        string[] folders = [.. first, .. (Environment.GetEnvironmentVariable("PATH") ?? DefaultPath).Split(':')];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
