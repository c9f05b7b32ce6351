using System.Diagnostics;
using Estafeta.Unix.Processes;

namespace Estafeta.Bench.Start;

/// <summary>One command of one program: started again and again, its output thrown away, each run timed from spawn to end.</summary>
internal sealed class Contender(string path, string command, string[] arguments) : IDisposable
{
    private readonly string _path = Path.GetFullPath(path);
    private readonly List<double> _milliseconds = [];
    private readonly FileStream _nowhere = new("/dev/null", FileMode.Open, FileAccess.ReadWrite);

    public double At(double share)
    {
        _milliseconds.Sort();
        return _milliseconds[(int)(share * (_milliseconds.Count - 1))];
    }

    public void Run()
    {
        var descriptor = (int)_nowhere.SafeFileHandle.DangerousGetHandle();
        var start = Stopwatch.GetTimestamp();
        using var process = ChildProcess.Spawn(new SpawnRequest
        {
            Path = _path,
            Arguments = [command, .. arguments],
            Environment = SpawnRequest.CurrentEnvironment(),
            Descriptors = [descriptor, descriptor, descriptor],
        });
        if (!process.Wait().IsSuccess)
        {
            throw new InvalidOperationException($"{_path} {command} {string.Join(' ', arguments)} fails");
        }

        _milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }

    public void Dispose() => _nowhere.Dispose();
}
