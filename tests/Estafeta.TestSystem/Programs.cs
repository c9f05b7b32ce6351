using System.Diagnostics;

namespace Estafeta.TestSystem;

/// <summary>
/// The built executable under the names of its commands. ESTAFETA_TEST_EXECUTABLE is another one than the build's, the native one say.
/// </summary>
public static class Programs
{
    private static readonly string[] Names =
        ["postfix", "sendmail", "postqueue", "postsuper", "postcat", "postdrop", "mailq", "postmap", "postconf", "postlog", "postmulti", "postalias", "postkick", "postlock", "newaliases"];

    public static string Executable => Environment.GetEnvironmentVariable("ESTAFETA_TEST_EXECUTABLE") is { Length: > 0 } chosen
        ? Path.GetFullPath(chosen)
        : Path.Combine(RepositoryRoot(), "src/Estafeta/bin/Debug/net10.0/estafeta");

    public static void Link(string target)
    {
        var source = Executable;
        if (!EverybodyReaches(source))
        {
            source = CopyOf(source, target);
        }

        foreach (var name in Names)
        {
            File.CreateSymbolicLink(Path.Combine(target, name), source);
        }
    }

    public static string RepositoryRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder != null && !File.Exists(Path.Combine(folder.FullName, "Estafeta.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("Estafeta.slnx is in no folder above the tests");
    }

    // The daemons load their parts after they have given up root, so the checkout itself may be out of their reach.
    private static bool EverybodyReaches(string path)
    {
        for (var folder = Path.GetDirectoryName(path); folder != null; folder = Path.GetDirectoryName(folder))
        {
            if ((File.GetUnixFileMode(folder) & UnixFileMode.OtherExecute) == 0)
            {
                return !Environment.IsPrivilegedProcess;
            }
        }

        return true;
    }

    private static string CopyOf(string executable, string target)
    {
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(executable)!).Where(f => Path.GetExtension(f) is "" or ".dll" or ".json" or ".so"))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return Path.Combine(target, Path.GetFileName(executable));
    }

    /// <summary>Runs a program to its end with standard output and error in one text.</summary>
    public static (int Status, string Output) Run(IReadOnlyList<string> commandLine, string input = "", IEnumerable<(string Name, string Value)>? environment = null)
    {
        // Output goes to a file: a daemon left behind may keep a pipe open for ever.
        var output = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", output, .. commandLine]) { RedirectStandardInput = true };
            start.Environment.Remove("MAIL_CONFIG");
            foreach (var (name, value) in environment ?? [])
            {
                start.Environment[name] = value;
            }

            using var process = Process.Start(start)!;
            try
            {
                process.StandardInput.Write(input);
                process.StandardInput.Close();
            }
            catch (IOException)
            {
                // It ended without reading all: its business.
            }

            process.WaitForExit();
            return (process.ExitCode, File.ReadAllText(output));
        }
        finally
        {
            File.Delete(output);
        }
    }
}
