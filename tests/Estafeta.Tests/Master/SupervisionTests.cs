using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Master;

/// <summary>master with tiny daemons: starting on demand, restarting, throttling, wake-ups, start and stop.</summary>
public sealed class SupervisionTests
{
    private const string Fake = "fake unix - - n - - fake\n";

    [Fact]
    public void Service_StartsWhenAClientComes_WithPostfixCommandLine()
    {
        using var master = new MasterHarness("fake unix n - n - 1 fake -o a=b\nother unix - n n - 7 fake { -o c = d e }\n");
        master.WriteScript("fake", "printf R >&3; echo \"$0 $*\" > $T/args.$2.tmp; mv $T/args.$2.tmp $T/args.$2; sleep 1000");
        master.Start();
        master.WaitUntil(
            () => Regex.IsMatch(master.Log, $@" host postfix/master\[\d+\]: daemon started -- version 3\.12\S*, configuration {master.PathOf("conf")}\n"), "the line of the start");
        Assert.Equal(0, master.CountLines("args.-t"));
        using var client = master.Connect("public/fake");
        master.WaitForFile("args.-t");
        Assert.EndsWith("/daemons/fake -l -t unix -u -o a=b\n", File.ReadAllText(master.PathOf("args.-t")));
        using var other = master.Connect("private/other");
        master.WaitForFile("args.other");
        Assert.EndsWith("/daemons/fake -n other -t unix -o c = d e\n", File.ReadAllText(master.PathOf("args.other")));
    }

    [Fact]
    public void Daemon_ThatDiesBeforeItIsReady_IsThrottled_AndTriedAgainLater()
    {
        using var master = new MasterHarness(Fake, "service_throttle_time = 1s");
        master.WriteScript("fake", "cut -d' ' -f1 /proc/uptime >> $T/starts; exit 3");
        master.Start();
        using var client = master.Connect("private/fake");
        master.WaitForLog("/daemons/fake: bad command startup -- throttling");
        Assert.Matches(@"postfix/master\[\d+\]: warning: process \S+/daemons/fake pid \d+ exit status 3\n", master.Log);
        master.WaitUntil(() => master.CountLines("starts") >= 2, "the second try");
        var starts = File.ReadAllLines(master.PathOf("starts"));
        Assert.True(double.Parse(starts[1], null) - double.Parse(starts[0], null) > 0.9);
    }

    [Fact]
    public void Daemon_ThatIsKilled_IsStartedAgain()
    {
        using var master = new MasterHarness(Fake);
        master.WriteScript("fake", "printf R >&3; echo $$ >> $T/starts; sleep 1000");
        master.Start();
        using var client = master.Connect("private/fake");
        for (var i = 1; i < 10; i++)
        {
            master.WaitUntil(() => master.CountLines("starts") == i, "the daemon");
            ProcessControl.Signal(int.Parse(File.ReadAllLines(master.PathOf("starts"))[^1], null), SignalNumber.Kill);
        }

        master.WaitForLog("killed by signal 9");
        Assert.DoesNotContain("throttling", master.Log);
    }

    [Fact]
    public void Daemon_ThatCrashesAgainAndAgain_IsThrottled()
    {
        using var master = new MasterHarness(Fake);
        master.WriteScript("fake", "printf R >&3; echo x >> $T/starts; exit 1");
        master.Start();
        using var client = master.Connect("private/fake");
        master.WaitForLog("throttling");
        Assert.Equal(5, master.CountLines("starts"));
    }

    [Fact]
    public void MissingProgram_ThrottlesItsServiceOnly()
    {
        using var master = new MasterHarness(Fake + "none unix - - n - - none\n");
        master.WriteScript("fake", "printf R >&3; echo x >> $T/starts; sleep 1000");
        master.Start();
        using var none = master.Connect("private/none");
        master.WaitForLog("/daemons/none: bad command startup -- throttling");
        using var client = master.Connect("private/fake");
        master.WaitForFile("starts");
    }

    [Fact]
    public void Wakeup_StartsTheServiceAtOnce()
    {
        using var master = new MasterHarness("fake unix n - n 600 1 fake\nsleepy unix n - n 600? 1 sleepy\n");
        master.WriteScript("fake", "printf R >&3; echo x >> $T/woken; sleep 1000");
        master.WriteScript("sleepy", "echo x >> $T/sleepy; sleep 1000");
        master.Start();
        master.WaitForFile("woken");
        Assert.Equal(0, master.CountLines("sleepy"));
    }

    [Fact]
    public void ConditionalWakeup_WaitsForTheFirstUse()
    {
        using var master = new MasterHarness("fake unix n - n 600 1 fake\nsleepy fifo n - n 600? 1 sleepy\n");
        master.WriteScript("fake", "printf R >&3; echo x >> $T/woken; sleep 1000");
        master.WriteScript("sleepy", "printf R >&3; : > $T/read; until [ \"$(cat $T/read)\" = xW ]; do dd bs=1 count=1 <&4 >> $T/read 2>/dev/null; done; mv $T/read $T/letters; sleep 1000");
        master.Start();
        master.WaitForFile("woken");
        Assert.False(File.Exists(master.PathOf("read")));

        File.WriteAllText(master.PathOf("queue/public/sleepy"), "x");

        master.WaitForFile("letters");
        Assert.Equal("xW", File.ReadAllText(master.PathOf("letters")));
    }

    [Fact]
    public void Debugged_RunsTheDebuggerFirst()
    {
        using var master = new MasterHarness("fake unix n - n - - echo -D\n");
        master.WriteMainCf($"debugger_command = echo $process_name $process_id $$PPID >> {master.PathOf("debugged")}");
        master.WriteEcho("echo");
        master.Start();
        using var client = master.Connect("public/fake");
        master.WaitUntil(() => master.CountLines("debugged") > 0, "the debugger's line");
        var words = File.ReadAllText(master.PathOf("debugged")).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("echo", words[0]);
        Assert.Equal(words[1], words[2]);
    }

    [Theory]
    [InlineData(SignalNumber.Quit)]
    [InlineData(SignalNumber.Interrupt)]
    public void Signal_IgnoredByWhoStartedIt_IsObeyed(int signal)
    {
        using var master = new MasterHarness(Fake);
        master.Start(withSignalsIgnored: true);
        master.Signal(signal);
        Assert.True(master.WaitForExit().IsSuccess);
    }

    [Fact]
    public void Sockets_BelongToMailOwner()
    {
        using var master = new MasterHarness("fake unix n - n - - fake\nlog unix-dgram - - n - - fake\npipe fifo n - n - - fake\n");
        master.Start();
        foreach (var path in new[] { "public/fake", "private/log", "public/pipe" })
        {
            var found = FileOwnership.Of(master.PathOf("queue/" + path));
            Assert.NotNull(found);
            Assert.Equal(0x1B6u, found.Value.Mode);
            if (Privileges.IsRoot)
            {
                Assert.Equal(Accounts.FindUser("nobody")!.Uid, found.Value.Uid);
            }
        }
    }

    [Fact]
    public void SecondMaster_IsRefused()
    {
        using var master = new MasterHarness(Fake);
        Assert.Equal(0, master.RunToEnd("-t").Status);
        master.Start();
        Assert.Equal(1, master.RunToEnd("-t").Status);
        var (status, error) = master.RunToEnd("-s");
        Assert.Equal(1, status);
        Assert.Equal($"master: fatal: open lock file {master.PathOf("queue/pid/master.pid")}: unable to set exclusive lock: Resource temporarily unavailable\n", error);
        Assert.Equal($"{master.MasterPid,32}\n", File.ReadAllText(master.PathOf("queue/pid/master.pid")));
    }

    [Theory]
    [InlineData("127.0.0.1:{0} inet n - n - - fake\n", "bind 127.0.0.1 port {0}: Address already in use")]
    [InlineData("127.0.0.1:nosuchport inet n - n - - fake\n", "{1}/master.cf: line 1: unknown TCP port: nosuchport")]
    [InlineData("\nfake unix n - n\n", "{1}/master.cf: line 2: missing \"wakeup_time\" field")]
    public void BadService_StartsNothing_AndSaysWhy(string masterCf, string reason)
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        var port = ((IPEndPoint)taken.LocalEndPoint!).Port;
        using var master = new MasterHarness(string.Format(null, masterCf, port));
        var (status, error) = master.RunToEnd("-s");
        Assert.Equal(1, status);
        Assert.Equal($"master: fatal: {string.Format(null, reason, port, master.PathOf("conf"))}\n", error);
    }

    [Fact]
    public void Stop_WaitsForTheWorkInHand()
    {
        using var master = new MasterHarness(Fake, "estafeta_stop_time = 60s");
        master.WriteScript("fake", "trap 'echo x > $T/told; while [ ! -e $T/release ]; do sleep 0.02; done; echo x > $T/done; exit 0' TERM; printf R >&3; echo x > $T/started; while :; do sleep 0.02; done");
        master.Start();
        using var client = master.Connect("private/fake");
        master.WaitForFile("started");
        master.Signal(SignalNumber.Terminate);
        master.WaitForFile("told");
        Assert.True(master.IsRunning);
        File.WriteAllText(master.PathOf("release"), "");
        Assert.Equal(new ExitStatus(0, 0), master.WaitForExit());
        Assert.True(File.Exists(master.PathOf("done")));
        Assert.Contains("terminating on signal 15", master.Log);
    }

    [Fact]
    public void Stop_KillsWhatDoesNotEnd()
    {
        using var master = new MasterHarness(Fake, "estafeta_stop_time = 1s");
        master.WriteScript("fake", "trap '' TERM; printf R >&3; echo x > $T/started; while :; do sleep 0.02; done");
        master.Start();
        using var client = master.Connect("private/fake");
        master.WaitForFile("started");
        master.Signal(SignalNumber.Terminate);
        Assert.Equal(new ExitStatus(0, 0), master.WaitForExit());
    }
}
