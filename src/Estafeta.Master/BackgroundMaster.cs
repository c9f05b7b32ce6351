using Estafeta.Unix.Processes;
using Estafeta.Unix.Sockets;

namespace Estafeta.Master;

/// <summary>master -w: the process in front waits for one octet from the one in the background, which sends it when all sockets are open.</summary>
internal static class BackgroundMaster
{
    private const string Variable = "ESTAFETA_READY_DESCRIPTOR";
    private const int Descriptor = 3;

    /// <summary>This is the one in the background.</summary>
    public static bool IsThis => Environment.GetEnvironmentVariable(Variable) != null;

    /// <summary>Exit status of the process in front.</summary>
    public static int Start(string name, IReadOnlyList<string> arguments, ProgramLocator programs)
    {
        var (ours, theirs) = SocketPair.CreateMessage();
        using (ours)
        {
            ChildProcess child;
            using (theirs)
            {
                child = ChildProcess.Spawn(new SpawnRequest
                {
                    Path = programs.Executable,
                    Arguments = [name, .. arguments],
                    Environment = [.. SpawnRequest.CurrentEnvironment(), $"{Variable}={Descriptor}"],

                    // Standard error stays until it is ready: what goes wrong is told to whoever started us.
                    Descriptors = [-1, -1, 2, theirs.Descriptor],
                    NewSession = true,
                });
            }

            using (child)
            {
                var isReady = ours.Receive(new byte[1], []) > 0;
                return isReady ? 0 : Math.Max(1, child.Wait().Code);
            }
        }
    }

    /// <summary>Does nothing when nobody waits.</summary>
    public static void TellReady()
    {
        if (!IsThis)
        {
            return;
        }

        Environment.SetEnvironmentVariable(Variable, null);
        using var waiting = MessageSocket.Adopt(Descriptor);
        waiting.Send([1], []);
        ProcessControl.CloseStandardError();
    }
}
