using System.Diagnostics;
using System.Globalization;
using Estafeta.Unix.Processes;

namespace Estafeta.Bench.Start;

/// <summary>One program: started again and again, its output thrown away, each run timed from spawn to end.</summary>
internal sealed class Contender(string path, string[] arguments) : IDisposable
{
    private readonly string _path = Path.GetFullPath(path);
    private readonly List<double> _milliseconds = [];
    private readonly FileStream _nowhere = new("/dev/null", FileMode.Open, FileAccess.ReadWrite);

    public string Result
    {
        get
        {
            _milliseconds.Sort();
            return string.Create(CultureInfo.InvariantCulture, $"{_path}: median {At(0.5):F2} ms, 10 % {At(0.1):F2}, 90 % {At(0.9):F2} ({_milliseconds.Count} runs)");
        }
    }

    public void Run()
    {
        var descriptor = (int)_nowhere.SafeFileHandle.DangerousGetHandle();
        var start = Stopwatch.GetTimestamp();
        using var process = ChildProcess.Spawn(new SpawnRequest
        {
            Path = _path,
            Arguments = ["postconf", .. arguments],
            Environment = SpawnRequest.CurrentEnvironment(),
            Descriptors = [descriptor, descriptor, descriptor],
        });
        if (!process.Wait().IsSuccess)
        {
            throw new InvalidOperationException($"{_path} fails");
        }

        _milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Dispose() => _nowhere.Dispose();

    private double At(double share) => _milliseconds[(int)(share * (_milliseconds.Count - 1))];
}
