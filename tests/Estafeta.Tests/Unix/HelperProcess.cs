using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Unix;

/// <summary>Runs one of the programs of <see cref="Program"/> to its end, in a process of its own.</summary>
internal static class HelperProcess
{
    /// <summary>What the program wrote to its standard output.</summary>
    public static string Run(string name)
    {
        var (ours, theirs) = Pipes.Create();
        using (ours)
        {
            ChildProcess child;
            using (theirs)
            {
                child = ChildProcess.Spawn(new SpawnRequest
                {
                    Path = Environment.ProcessPath!,
                    Arguments = ["helper", "--helper", name],
                    Environment = SpawnRequest.CurrentEnvironment(),
                    Descriptors = [-1, (int)theirs.Handle, 2],
                });
            }

            using (child)
            {
                var output = Pipes.ReadAll(ours);
                Assert.Equal(new ExitStatus(0, 0), child.Wait());
                return output;
            }
        }
    }
}
