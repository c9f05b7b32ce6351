namespace Estafeta.Unix.Processes;

/// <summary>argv[0]. .NET hands it on when compiled ahead of time; the JIT build puts its library there, and the kernel is asked.</summary>
public static class ProgramName
{
    public static string Find()
    {
        var name = Environment.GetCommandLineArgs()[0];
        if (!name.EndsWith(".dll", StringComparison.Ordinal))
        {
            return name;
        }

        var commandLine = File.ReadAllText("/proc/self/cmdline");
        var own = commandLine[..commandLine.IndexOf('\0')];
        return Path.GetFileName(own) == "dotnet" ? name : own;
    }
}
