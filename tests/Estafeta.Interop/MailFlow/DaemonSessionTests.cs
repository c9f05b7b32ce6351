using System.Globalization;
using Estafeta.TestSystem;
using Estafeta.Unix.Processes;

namespace Estafeta.Interop.MailFlow;

/// <summary>Each daemon leads a session of its own, and a stop with force still finds them all.</summary>
public sealed class DaemonSessionTests
{
    private const int SessionIndex = 3;

    [Fact]
    public void EachDaemon_LeadsItsSession()
    {
        using var system = new MailSystem();
        system.Start();
        system.WaitUntil(() => system.FindDaemon("queue") != 0, "the queue process");
        using var client = system.Connect();
        client.Say("QUIT", "221");
        Assert.All(system.Children, pid => Assert.Equal(pid, SessionOf(pid)));
    }

    [Fact]
    public void StopWithForce_EndsDaemonsThatHearNothing()
    {
        using var system = new MailSystem("estafeta_stop_time = 1s");
        system.Start();
        system.WaitUntil(() => system.FindDaemon("queue") != 0, "the queue process");
        int[] all = [system.MasterPid, .. system.Children];
        foreach (var pid in all)
        {
            ProcessControl.Signal(pid, SignalNumber.Stop);
        }

        var (status, output) = system.Run("postfix", "stop");
        Assert.Equal(0, status);
        Assert.Contains("stopping the Postfix mail system with force", output + system.Log);
        system.WaitUntil(() => all.All(pid => StateOf(pid) is "" or "Z"), "the end of all processes");
    }

    // proc(5): the name may have blanks, so the fields begin behind its bracket.
    private static string[] Fields(int pid) => ProcessFile.Read(pid, "stat").Split(") ")[^1].Split(' ');

    private static string StateOf(int pid) => Fields(pid)[0];

    private static int SessionOf(int pid) => int.Parse(Fields(pid)[SessionIndex], CultureInfo.InvariantCulture);
}
