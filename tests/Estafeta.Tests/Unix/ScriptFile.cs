using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Unix;

/// <summary>
/// A shell script to be run as a program. A child writes it: were it open for writing here, so it would be, for a moment, in each process that another
/// test starts just then, and running it meanwhile fails with ETXTBSY.
/// </summary>
internal static class ScriptFile
{
    public static void Write(string path, string script)
    {
        using var writer = ChildProcess.Spawn(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", "-c", "printf '#!/bin/sh\\n%s\\n' \"$2\" >\"$1\" && chmod 755 \"$1\"", "sh", path, script],
            Environment = SpawnRequest.CurrentEnvironment(),
            Descriptors = [-1, -1, 2],
        });
        Assert.Equal(new ExitStatus(0, 0), writer.Wait());
    }
}
