using Estafeta.Unix;
using Estafeta.Unix.Processes;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tests.Unix;

public sealed class ChildProcessTests
{
    [Fact]
    public void Spawn_PutsDescriptorsInTheirPlaces_AndClosesTheRest()
    {
        var (ours, theirs) = SocketPair.CreateStream();
        using (ours)
        {
            using (theirs)
            {
                var descriptor = (int)theirs.Handle;
                using var child = Shell("echo four >&4; for i in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$i ] && printf \"$i \" >&3; done; true", [-1, -1, -1, descriptor, descriptor]);
                Assert.Equal(new ExitStatus(0, 0), child.Wait());
            }

            var text = Pipes.ReadAll(ours);
            Assert.Equal("four\n0 1 2 3 4 ", text);
        }
    }

    [Fact]
    public void Spawn_ShowsTheGivenNameAndEnvironmentOnly()
    {
        Assert.Equal("smtpd -n smtp X=1\n", Output("echo \"$0 $1 $2 $(env | grep -v -e ^PWD= -e ^_= -e ^SHLVL=)\"", ["-n", "smtp"], "X=1"));
    }

    [Fact]
    public void Spawn_WithoutNewPrivileges_BindsTheChildAlone()
    {
        const string Script = "while read name value; do [ $name != NoNewPrivs: ] || echo $value; done < /proc/self/status";
        Assert.Equal("1\n", Output(Script, [], "X=1", gainsNoPrivileges: true));
        Assert.Equal(File.ReadLines("/proc/thread-self/status").First(l => l.StartsWith("NoNewPrivs:", StringComparison.Ordinal))[^1] + "\n", Output(Script, [], "X=1"));
        var missing = new SpawnRequest { Path = "/nonexistent/smtpd", Arguments = ["smtpd"], Environment = [], GainsNoPrivileges = true };
        Assert.Equal(Errno.ENOENT, Assert.Throws<UnixException>(() => ChildProcess.Spawn(missing)).Errno);
    }

    [Fact]
    public void Spawn_OfAMissingProgram_SaysWhy()
    {
        var request = new SpawnRequest { Path = "/nonexistent/smtpd", Arguments = ["smtpd"], Environment = [] };
        var failure = Assert.Throws<UnixException>(() => ChildProcess.Spawn(request));
        Assert.Equal(Errno.ENOENT, failure.Errno);
        Assert.Equal("start /nonexistent/smtpd: No such file or directory", failure.Message);
    }

    [Fact]
    public void Wait_TellsCodeAndSignal()
    {
        using var failing = Shell("exit 75", [-1, -1, -1]);
        Assert.Equal(new ExitStatus(75, 0), failing.Wait());

        using var killed = Shell("kill -9 $$", [-1, -1, -1]);
        Assert.Equal(new ExitStatus(0, 9), killed.Wait());
        Assert.False(killed.Signal(SignalNumber.Terminate));
    }

    [Fact]
    public async Task WaitAsync_CompletesWhenTheProcessIsKilled()
    {
        using var child = Shell("sleep 1000", [-1, -1, -1]);
        Assert.False(child.TryReap(out _));
        var end = child.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(child.Signal(SignalNumber.Kill));
        Assert.Equal(SignalNumber.Kill, (await end).Signal);
    }

    [Fact]
    public void Spawn_WithNewSession_LeavesOurProcessGroup()
    {
        var output = Output("cut -d' ' -f1,5,6 /proc/self/stat; echo $$", [], "PATH=/bin:/usr/bin", newSession: true);
        var fields = output.Split(' ', '\n');
        Assert.Equal(fields[3], fields[1]);
        Assert.Equal(fields[3], fields[2]);
    }

    private static ChildProcess Shell(string script, int[] descriptors) => ChildProcess.Spawn(new SpawnRequest
    {
        Path = "/bin/sh",
        Arguments = ["sh", "-c", script],
        Environment = ["PATH=/bin:/usr/bin"],
        Descriptors = descriptors,
    });

    private static string Output(string script, string[] arguments, string environment, bool newSession = false, bool gainsNoPrivileges = false)
    {
        var (ours, theirs) = SocketPair.CreateStream();
        using (ours)
        {
            using (theirs)
            {
                using var child = ChildProcess.Spawn(new SpawnRequest
                {
                    Path = "/bin/sh",
                    Arguments = ["sh", "-c", script, "smtpd", .. arguments],
                    Environment = [environment],
                    Descriptors = [-1, (int)theirs.Handle, -1],
                    NewSession = newSession,
                    GainsNoPrivileges = gainsNoPrivileges,
                });
                child.Wait();
            }

            return Pipes.ReadAll(ours);
        }
    }
}
