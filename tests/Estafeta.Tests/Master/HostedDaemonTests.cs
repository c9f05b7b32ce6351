using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Master;

/// <summary>A daemon of ours below master: inherited sockets, privileges, limits, reload, stop.</summary>
public sealed class HostedDaemonTests
{
    [Fact]
    public void Daemon_RunsAsMailOwner_AndServesManySessions()
    {
        using var master = Start("echo unix n - n - - echo\n");
        using var first = master.Connect("public/echo");
        using var second = master.Connect("public/echo");
        var answer = MasterHarness.Ask(first, "who").Split(' ');
        Assert.Equal(answer, MasterHarness.Ask(second, "who").Split(' '));
        var expected = Privileges.IsRoot ? Accounts.FindUser("nobody")!.Uid : Privileges.EffectiveUid;
        Assert.Equal(expected, uint.Parse(answer[1], null));
        Assert.Equal("host.example.test", answer[2]);
    }

    [Fact]
    public void Privileged_KeepsRoot()
    {
        using var master = Start("echo unix n n n - - echo\n");
        using var client = master.Connect("public/echo");
        Assert.Equal(Privileges.EffectiveUid, uint.Parse(MasterHarness.Ask(client, "who").Split(' ')[1], null));
    }

    [Fact]
    public void Override_ReachesTheDaemon()
    {
        using var master = Start("echo unix n - n - - echo -o { myhostname = other.example.test }\n");
        using var client = master.Connect("public/echo");
        Assert.Contains(" other.example.test ", MasterHarness.Ask(client, "who"));
    }

    [Fact]
    public void Session_BeyondTheLimit_WaitsForAnotherToEnd_AndIsStressed()
    {
        using var master = Start("echo unix n - n - 1 echo\n");
        using var first = master.Connect("public/echo");
        Assert.EndsWith("calm", MasterHarness.Ask(first, "who"));
        using var second = master.Connect("public/echo");
        master.WaitForLog("warning: service \"echo\" (public/echo) has reached its process limit \"1\": new clients may experience noticeable delays");
        master.WaitForLog("warning: to avoid this condition, increase the process count in master.cf or reduce the service time per client\n");
        master.WaitForLog("warning: see https://www.postfix.org/STRESS_README.html for examples of stress-adapting configuration settings\n");
        Assert.Equal(0, second.Available);
        first.Dispose();
        Assert.EndsWith("stress", MasterHarness.Ask(second, "who"));
    }

    [Fact]
    public void ManySessions_AreScheduledAsABatch_OneIsNot()
    {
        const string Batch = "3";
        using var master = Start("echo unix n - n - - echo\n");
        using var first = master.Connect("public/echo");
        var pid = MasterHarness.Ask(first, "who").Split(' ')[0];
        Assert.DoesNotContain(Batch, Policies(pid));
        var more = Enumerable.Range(0, LoadScheduling.Many).Select(_ => master.Connect("public/echo")).ToList();
        more.ForEach(client => MasterHarness.Ask(client, "who"));
        Assert.Contains(Batch, Policies(pid));
        more.ForEach(client => client.Dispose());

        // The 41st field.
        static string[] Policies(string pid) =>
            [.. Directory.GetDirectories($"/proc/{pid}/task").Select(t => StateOf(t + "/stat")).Where(s => s.Length > 0).Select(s => s[38])];
    }

    [Fact]
    public void SessionsPerProcess_MultipliesTheLimit()
    {
        using var master = Start("echo unix n - n - 1 echo -o estafeta_sessions_per_process=2\n");
        using var first = master.Connect("public/echo");
        using var second = master.Connect("public/echo");
        MasterHarness.Ask(first, "who");
        MasterHarness.Ask(second, "who");
    }

    [Fact]
    public void Reload_LeavesSessionsAlone_AndNewOnesGetTheNewSettings()
    {
        using var master = Start("echo unix n - n - - echo\n");
        using var old = master.Connect("public/echo");
        var before = MasterHarness.Ask(old, "who").Split(' ');
        master.WriteMainCf("myhostname = new.example.test");
        Reload(master);
        var after = before;

        // Until the old process has seen its signal it may take another client.
        master.WaitUntil(() => (after = AskNewClient(master)).Length > 2 && after[0] != before[0], "the new process");
        Assert.Equal("new.example.test", after[2]);
        Assert.Equal(before, MasterHarness.Ask(old, "who").Split(' '));
    }

    [Fact]
    public void Reload_AddsAndRemovesServices()
    {
        using var master = Start("echo unix n - n - - echo\ngone unix n - n - - echo\n");
        using var held = master.Connect("public/gone");
        MasterHarness.Ask(held, "who");
        master.WriteMasterCf("echo unix n - n - - echo\nnew unix n - n - - echo\n");
        Reload(master);
        using var client = master.Connect("public/new");
        MasterHarness.Ask(client, "who");
        Assert.False(File.Exists(master.PathOf("queue/public/gone")));

        // The session of the service that went is still served.
        MasterHarness.Ask(held, "who");
    }

    [Theory]
    [InlineData("echo unix n - n\n", "")]
    [InlineData("echo unix n - n - - echo\n", "default_process_limit = many")]
    [InlineData("echo unix n - n - - echo\nnosuchport inet n - n - - echo\n", "")]
    public void Reload_OfABrokenConfiguration_ChangesNothing(string masterCf, string mainCf)
    {
        using var master = Start("echo unix n - n - - echo\n");
        master.WriteMasterCf(masterCf);
        master.WriteMainCf(mainCf);
        master.Signal(SignalNumber.Hangup);
        master.WaitForLog("error: reload failed, the old configuration stays in use: ");
        master.WriteMainCf("");
        using var client = master.Connect("public/echo");
        Assert.Contains("host.example.test", MasterHarness.Ask(client, "who"));
    }

    [Fact]
    public void Crash_CostsItsSessions_AndIsLogged()
    {
        using var master = Start("echo unix n - n - - echo\n");
        using var first = master.Connect("public/echo");
        var pid = MasterHarness.Ask(first, "who").Split(' ')[0];
        Assert.Equal("", MasterHarness.Ask(first, "crash"));
        master.WaitForLog($"pid {pid} killed by signal 6");
        using var second = master.Connect("public/echo");
        Assert.NotEqual(pid, MasterHarness.Ask(second, "who").Split(' ')[0]);
    }

    [Fact]
    public void Stop_LetsSessionsSayGoodbye()
    {
        using var master = Start("echo unix n - n - - echo\n");
        using var client = master.Connect("public/echo");
        MasterHarness.Ask(client, "who");
        master.Signal(SignalNumber.Terminate);
        var buffer = new byte[10];
        Assert.Equal("bye\n"u8, buffer.AsSpan(0, client.Receive(buffer)));
        Assert.Equal(new ExitStatus(0, 0), master.WaitForExit());
        Assert.DoesNotContain("warning", master.Log);
    }

    [Fact]
    public void MasterKilled_DaemonsEndByThemselves()
    {
        using var master = Start("echo unix n - n - - echo\n");
        using var client = master.Connect("public/echo");
        var pid = int.Parse(MasterHarness.Ask(client, "who").Split(' ')[0], null);
        master.Signal(SignalNumber.Kill);
        master.WaitForExit();
        MasterHarness.Ask(client, "who");
        client.Dispose();
        master.WaitUntil(() => !IsAlive(pid), "the daemon to end");
    }

    // Adopted by a process 1 that may be slow to wait for it.
    private static bool IsAlive(int pid) => StateOf($"/proc/{pid}/stat") is { Length: > 0 } state && state[0] != "Z";

    // The fields of proc(5)'s stat from the third on; none of a process or thread that has ended, which it may do while this reads.
    private static string[] StateOf(string stat)
    {
        try
        {
            var line = File.ReadAllText(stat);
            return line[(line.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static string[] AskNewClient(MasterHarness master)
    {
        using var client = master.Connect("public/echo");
        return MasterHarness.Ask(client, "who").Split(' ');
    }

    private static MasterHarness Start(string masterCf)
    {
        var master = new MasterHarness(masterCf);
        master.WriteEcho("echo");
        master.Start();
        return master;
    }

    private static void Reload(MasterHarness master)
    {
        master.Signal(SignalNumber.Hangup);
        master.WaitForLog("]: reload -- version ");
    }
}
