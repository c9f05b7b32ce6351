namespace Estafeta.TestSystem;

/// <summary>Files of proc(5) about a process that may end at any moment, also between two reads.</summary>
public static class ProcessFile
{
    /// <summary>The text of <c>/proc/pid/name</c>; empty when the process has ended.</summary>
    public static string Read(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{name}");
        }
        catch (IOException)
        {
            return "";
        }
    }

    /// <summary>How the process was called: argv[0].</summary>
    public static string ProgramOf(int pid) => Read(pid, "cmdline").Split('\0')[0];
}
