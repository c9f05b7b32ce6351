using System.Diagnostics;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf;

namespace Estafeta.Conformance.Postconf;

/// <summary>What a run of postconf left: output, complaints in order of text without repetitions, exit code, and both files.</summary>
public sealed record PostconfRun(string Output, string Complaints, int ExitCode, string Main, string Master)
{
    private const string Program = "/usr/sbin/postconf";

    public static bool IsInstalled => File.Exists(Program);

    public static async Task<PostconfRun> PostfixAsync(PostconfCase run, string directory)
    {
        Prepare(run, directory);
        var start = new ProcessStartInfo(Program, ["-c", directory, .. run.Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.Latin1,
            StandardErrorEncoding = Encoding.Latin1,
        };
        start.Environment.Remove("MAIL_CONFIG");
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Collect(output, await error, process.ExitCode, directory);
    }

    public static async Task<PostconfRun> OursAsync(PostconfCase run, string directory)
    {
        Prepare(run, directory);
        var (output, error) = (new MemoryStream(), new MemoryStream());
        var exitCode = await PostconfProgram.RunAsync(["-c", directory, .. run.Arguments], Program, new CommandStreams(Stream.Null, output, error));
        return Collect(Encoding.Latin1.GetString(output.ToArray()), Encoding.Latin1.GetString(error.ToArray()), exitCode, directory);
    }

    private static void Prepare(PostconfCase run, string directory)
    {
        File.WriteAllText(Path.Combine(directory, "main.cf"), run.Main, Encoding.Latin1);
        if (run.Master != null)
        {
            File.WriteAllText(Path.Combine(directory, "master.cf"), run.Master, Encoding.Latin1);
        }
    }

    private static PostconfRun Collect(string output, string error, int exitCode, string directory)
    {
        (output, error) = (output.Replace(directory, "DIR", StringComparison.Ordinal), error.Replace(directory, "DIR", StringComparison.Ordinal));
        error = KnownDifferences.WithoutNestedName(error);
        output = KnownDifferences.WithOldTableType(output);
        var complaints = error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Order(StringComparer.Ordinal);
        return new PostconfRun(
            output,
            string.Join('\n', complaints.Where(c => !KnownDifferences.Complaint(c))),
            exitCode,
            Read("main.cf"),
            Read("master.cf"));

        string Read(string name) => File.Exists(Path.Combine(directory, name)) ? File.ReadAllText(Path.Combine(directory, name), Encoding.Latin1) : "";
    }
}
