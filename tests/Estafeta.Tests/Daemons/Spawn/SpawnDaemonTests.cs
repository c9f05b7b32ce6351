using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Spawn;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tests.Unix;

namespace Estafeta.Tests.Daemons.Spawn;

/// <summary>spawn(8) over real sockets with real commands. Log lines are those of Postfix 3.7.</summary>
public sealed class SpawnDaemonTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-spawn");
    private readonly MemoryMailLog _log = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public SpawnDaemonTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _folder.UnixFileMode = (UnixFileMode)0x1ED;
    }

    [Fact]
    public async Task Command_HasTheConnection_AndAFixedEnvironment()
    {
        var answer = await AskAsync("echo \"$1|$2|$PATH|$MAIL_CONFIG\"; read x; echo got $x; read y; echo and $y; ls /proc/self/fd | wc -l", "one\ntwo\n", arguments: ["a b", "c"]);
        Assert.Equal("a b|c|/usr/bin:/bin|/etc/postfix\ngot one\nand two\n4\n", answer);
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public async Task Command_RunsAsTheUser()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can become somebody else");
        Assert.Equal("65534\n1\n", await AskAsync("id -u; id -g", "", user: "nobody:daemon"));
    }

    [Fact]
    public async Task Failure_IsLogged()
    {
        await AskAsync("exit 3", "");
        await AskAsync("kill -9 $$", "");
        Assert.Equal([$"warning: command {Script} exit status 3", $"warning: command {Script} killed by signal 9"], _log.Lines);
    }

    [Fact]
    public async Task TimeLimit_EndsTheCommandAndItsChildren()
    {
        await AskAsync("sleep 60; echo never", "", timeLimit: "1s");
        Assert.Matches($"^warning: {Script}: process id [0-9]+: command time limit exceeded$", Assert.Single(_log.Lines));
    }

    [Fact]
    public async Task ProgramThatIsNotThere_IsLogged()
    {
        await RunAsync(Context(["user=nobody", "argv=/nonexistent"]), "");
        Assert.Equal(["fatal: spawn_comand: execvp /nonexistent: No such file or directory", "warning: command /nonexistent exit status 1"], _log.Lines);
    }

    [Theory]
    [InlineData("missing user= attribute", "argv=/bin/true")]
    [InlineData("missing argv= attribute", "user=nobody")]
    [InlineData("unknown attribute name: foo=bar", "user=nobody", "foo=bar", "argv=/bin/true")]
    [InlineData("unknown user name: nobody-at-all", "user=nobody-at-all", "argv=/bin/true")]
    [InlineData("request to deliver as root", "user=root", "argv=/bin/true")]
    public void WrongAttribute_IsRefused(string problem, params string[] arguments)
    {
        Assert.SkipWhen(arguments[0] == "user=root" && !Environment.IsPrivilegedProcess, "without root nobody becomes anybody");
        Assert.Equal(problem, Assert.Throws<ConfigurationException>(() => new SpawnDaemon(Context(arguments))).Message);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Script => Path.Combine(_folder.FullName, "script");

    private async Task<string> AskAsync(string script, string input, string user = "nobody", string timeLimit = "1000s", string[]? arguments = null)
    {
        ScriptFile.Write(Script, script);
        return await RunAsync(Context(["user=" + user, "argv=" + Script, .. arguments ?? []], timeLimit), input);
    }

    private ServiceContext Context(IReadOnlyList<string> arguments, string timeLimit = "1000s") => new()
    {
        ServiceName = "policy",
        ServiceType = "inet",
        Parameters = ParameterSet.Parse($"policy_time_limit = {timeLimit}"),
        Arguments = arguments,
        Listeners = [new ListeningSocket(_listener)],
        Log = _log,
        Time = TimeProvider.System,
    };

    private async Task<string> RunAsync(ServiceContext context, string input)
    {
        using var stopping = new CancellationTokenSource();
        var running = new SpawnDaemon(context).RunAsync(context, stopping.Token);
        var answer = new StringBuilder();
        using (var client = new TcpClient())
        {
            await client.ConnectAsync((IPEndPoint)_listener.LocalEndPoint!);
            await using var stream = client.GetStream();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(input));
            var buffer = new byte[4096];
            int count;
            try
            {
                while ((count = await stream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0)
                {
                    answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
                }
            }
            catch (IOException)
            {
                // Input that was not read: the connection is reset.
            }
        }

        await stopping.CancelAsync();
        await running;
        return answer.ToString();
    }
}
