using System.Diagnostics;
using System.Globalization;

namespace Estafeta.Bench.Tables;

/// <summary>Runs the two programs in turns with input and output in files, takes medians, prints a row a piece of work, and compares the output.</summary>
internal sealed class PostmapBench : IDisposable
{
    private const string Postfix = "/usr/sbin/postmap";

    private readonly string _root = Directory.CreateTempSubdirectory("estafeta-bench-").FullName;
    private readonly string _ours;
    private readonly int _runs;

    public PostmapBench(string estafeta, int runs)
    {
        _runs = runs;
        _ours = Path.Combine(_root, "postmap");
        File.CreateSymbolicLink(_ours, Path.GetFullPath(estafeta));
        File.WriteAllText(Path.Combine(_root, "main.cf"), $"compatibility_level = 3.6\nqueue_directory = {_root}\ndata_directory = {_root}\n");
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Create(string name, string table)
    {
        var path = $"{table[(table.IndexOf(':') + 1)..]}.{table[..table.IndexOf(':')]}";
        Report(name, program =>
        {
            File.Delete(path);
            return Run(program, "/dev/null", "/dev/null", table);
        });
    }

    /// <returns>Whether the answers are the same.</returns>
    public bool Query(string name, string table, string keys)
    {
        var input = Write("keys", keys);
        Report(name, program => Run(program, input, Output(program), "-q", "-", table));
        var isAlike = File.ReadAllBytes(Output(Postfix)).AsSpan().SequenceEqual(File.ReadAllBytes(Output(_ours)));
        Console.WriteLine($"| | answers: {File.ReadLines(Output(Postfix)).Count()} | {(isAlike ? "the same" : "DIFFERENT")} | | | | |");
        return isAlike;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private void Report(string name, Func<string, (TimeSpan Time, TimeSpan Cpu)> run)
    {
        var theirs = new List<(TimeSpan Time, TimeSpan Cpu)>();
        var ours = new List<(TimeSpan Time, TimeSpan Cpu)>();
        for (var i = 0; i < _runs; i++)
        {
            theirs.Add(run(Postfix));
            ours.Add(run(_ours));
        }

        var (postfix, estafeta) = (Median(theirs, static r => r.Time), Median(ours, static r => r.Time));
        var (postfixCpu, estafetaCpu) = (Median(theirs, static r => r.Cpu), Median(ours, static r => r.Cpu));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {name} | {postfix:F0} | {estafeta:F0} | {postfix / estafeta:F2}× | {postfixCpu:F0} | {estafetaCpu:F0} | {postfixCpu / estafetaCpu:F2}× |"));
    }

    private string Output(string program) => Path.Combine(_root, program == Postfix ? "theirs.out" : "ours.out");

    // A shell redirects, as an administrator would; its own start is small beside a run, and the same for both.
    private (TimeSpan Time, TimeSpan Cpu) Run(string program, string input, string output, params string[] arguments)
    {
        string[] command = ["-c", "program=$1 input=$2 output=$3; shift 3; exec \"$program\" \"$@\" <\"$input\" >\"$output\"", "sh", program, input, output, "-c", _root, .. arguments];
        var cpu = ChildUsage.Cpu;
        var clock = Stopwatch.StartNew();
        using var process = Process.Start("/bin/sh", command);
        process.WaitForExit();
        return process.ExitCode == 0
            ? (clock.Elapsed, ChildUsage.Cpu - cpu)
            : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: exit {process.ExitCode}");
    }

    private static double Median(List<(TimeSpan Time, TimeSpan Cpu)> results, Func<(TimeSpan Time, TimeSpan Cpu), TimeSpan> of)
    {
        var values = results.Select(r => of(r).TotalMilliseconds).Order().ToList();
        return values[values.Count / 2];
    }
}
