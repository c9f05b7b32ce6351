using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Pipe;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tests.Unix;

namespace Estafeta.Tests.Daemons.Pipe;

/// <summary>Texts, codes and argument vectors as Postfix 3.7 made them for the same entries.</summary>
public sealed class PipeAgentTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta-pipe-").FullName;
    private readonly MemoryMailLog _log = new();

    public PipeAgentTests()
    {
        File.SetUnixFileMode(_directory, (UnixFileMode)0x1ff);
        Script("show", "for a in \"$@\"; do echo \"<$a>\" >>{0}/args; done; cat >{0}/input; id -u >{0}/uid; pwd >{0}/pwd; env | sort >{0}/env");
        Script("fail", "cat >/dev/null\ncase $1 in out*) echo 'some output'; echo 'more   lines'; exit ${{1#out}};; dsn*) echo '5.7.1 not for you'; exit ${{1#dsn}};; sig*) kill -${{1#sig}} $$;; *) exit $1;; esac");
    }

    private static string User => Estafeta.Unix.Identity.Privileges.IsRoot ? "nobody" : Environment.UserName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("1", "5.3.0 Command died with status 1: \"{0}/fail\"")]
    [InlineData("64", "5.3.0 command line usage error")]
    [InlineData("65", "5.6.0 data format error")]
    [InlineData("67", "5.1.1 user unknown")]
    [InlineData("68", "5.1.2 host name unknown")]
    [InlineData("71", "4.3.0 system resource problem")]
    [InlineData("73", "5.2.0 can't create user output file")]
    [InlineData("75", "4.3.0 temporary failure")]
    [InlineData("76", "5.5.0 remote error in protocol")]
    [InlineData("77", "5.7.0 permission denied")]
    [InlineData("78", "5.3.5 local configuration error")]
    [InlineData("127", "5.3.0 Command died with status 127: \"{0}/fail\"")]
    [InlineData("out1", "5.3.0 Command died with status 1: \"{0}/fail\". Command output: some output more   lines ")]
    [InlineData("out75", "4.3.0 temporary failure. Command output: some output more   lines ")]
    [InlineData("dsn1", "5.7.1 not for you ")]
    [InlineData("dsn75", "5.7.1 not for you ")]
    [InlineData("dsn0", "2.0.0 delivered via p service (5.7.1 not for you)")]
    [InlineData("out0", "2.0.0 delivered via p service (some output more   lines)")]
    [InlineData("sig9", "4.3.0 Command died with signal 9: \"{0}/fail\"")]
    public async Task ExitStatus_BecomesPostfixsStatus(string user, string expected)
    {
        var status = await DeliverAsync([$"user={User}", $"argv={_directory}/fail", "$user"], recipients: [$"{user}@p.test"]);

        Assert.Equal(string.Format(null, expected, _directory), $"{status.Status} {status.Reason}");
        Assert.Equal("p", status.Relay);
    }

    [Fact]
    public async Task Output_OfASuccess_IsCutShort()
    {
        Script("talk", "cat >/dev/null; printf '%0150d' 7");
        var status = await DeliverAsync([$"user={User}", $"argv={_directory}/talk"]);
        Assert.Equal($"delivered via p service ({new string('0', 100)})", status.Reason);
    }

    [Fact]
    public async Task Arguments_WithRecipientMacros_AreRepeatedForEachRecipient()
    {
        await DeliverAsync(
            ["flags=qu", $"user={User}", $"argv={_directory}/show", "${sender}", "${recipient}", "${mailbox}", "x${extension}", "$$x", "$(queue_id)", "a b"],
            sender: "s p@test",
            recipients: ["A+X@P2.test", "b@p2.test", "c d@p2.test"]);

        Assert.Equal(
            ["<\"s p\"@test>", "<a+x@P2.test>", "<b@p2.test>", "<\"c d\"@p2.test>", "<a+x>", "<b>", "<c d>", "<xx>", "<x>", "<x>", "<$x>", "<4SVLCh0000z1>", "<a b>"],
            Lines("args"));
    }

    [Theory]
    [InlineData("${bogus}", "file {0}/master.cf: service p: unknown macro name: \"bogus\"")]
    [InlineData("${recipient", "truncated macro reference: \"${{recipient\"")]
    [InlineData("${}", "empty macro name: \"${{}}\"")]
    public async Task Arguments_WithABadMacro_Defer(string argument, string warning)
    {
        var status = await DeliverAsync([$"user={User}", "argv=/bin/echo", argument]);
        Assert.Equal("4.3.5 mail system configuration error", $"{status.Status} {status.Reason}");
        Assert.Contains($"warning: {string.Format(null, warning, ParameterSet.Parse("").ConfigDirectory)}", _log.Lines);
    }

    [Fact]
    public async Task Message_GetsTheHeadersAndQuotingOfTheFlags()
    {
        await DeliverAsync(
            ["flags=FDORB.>", "null_sender=", "eol=\\r\\n", $"user={User}", $"argv={_directory}/show", "$sender"],
            sender: "",
            recipients: ["A+B@p.test"]);

        var input = await File.ReadAllTextAsync(_directory + "/input", TestContext.Current.CancellationToken);
        Assert.EndsWith(
            "\r\nReturn-Path: <>\r\nX-Original-To: orig@p.test\r\nDelivered-To: A+B@p.test\r\nSubject: t\r\n\r\n>From me\r\n..dot\r\n\r\n",
            input,
            StringComparison.Ordinal);
        Assert.StartsWith("From MAILER-DAEMON  ", input, StringComparison.Ordinal);
        Assert.Equal(["<>"], Lines("args"));
    }

    [Theory]
    [InlineData("null_sender=MAILER-DAEMON")]
    [InlineData("null_sender=nobody@here")]
    public async Task NullSender_IsShownByItsName(string attribute)
    {
        await DeliverAsync(["flags=FR", attribute, $"user={User}", $"argv={_directory}/show", "$sender"], sender: "");

        var name = attribute["null_sender=".Length..];
        var input = await File.ReadAllTextAsync(_directory + "/input", TestContext.Current.CancellationToken);
        Assert.Matches($"^From {name}  .*\nReturn-Path: <{name}>\n", input);
        Assert.Equal([$"<{name}>"], Lines("args"));
    }

    [Fact]
    public async Task Command_RunsAsItsUserInItsDirectoryWithItsEnvironment()
    {
        await DeliverAsync([$"user={User}", $"directory={_directory}", $"argv={_directory}/show"]);

        Assert.Equal([Estafeta.Unix.Identity.Accounts.FindUser(User)!.Uid.ToString(System.Globalization.CultureInfo.InvariantCulture)], Lines("uid"));
        Assert.Equal([_directory], Lines("pwd"));
        Assert.Contains("PATH=/usr/bin:/bin", Lines("env"));
        Assert.Contains("MAIL_CONFIG=/etc/postfix", Lines("env"));
        Assert.DoesNotContain(Lines("env"), e => e.StartsWith("HOME=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Command_ThatDoesNotExist_LeavesTheMailForLater()
    {
        var status = await DeliverAsync([$"user={User}", "argv=/nonexistent/cmd"]);

        Assert.Equal(
            "4.3.0 temporary failure. Command output: pipe: fatal: pipe_command: execvp /nonexistent/cmd: No such file or directory ",
            $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Directory_ThatCannotBeEntered_LeavesTheMailForLater()
    {
        var status = await DeliverAsync([$"user={User}", "directory=/nonexistent", "argv=/bin/true"]);

        Assert.Equal("4.3.0 temporary failure", $"{status.Status} {status.Reason}");
        Assert.Contains(_log.Lines, l => l.StartsWith("fatal: cannot change directory to \"/nonexistent\" for uid=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Command_OverItsTime_IsKilledAndBounced()
    {
        var status = await DeliverAsync([$"user={User}", "argv=/bin/sleep", "100"], extra: "p_time_limit = 1s");

        Assert.Equal("5.3.0 Command time limit exceeded: \"/bin/sleep\"", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Command_ThatTalksBeforeItListens_DoesNotBlock()
    {
        Script("chatty", "head -c 1000000 /dev/zero | tr '\\0' x; cat | wc -c >{0}/size");

        var status = await DeliverAsync([$"user={User}", $"argv={_directory}/chatty"], body: new string('y', 1_000_000) + "\n");

        Assert.Equal("2.0.0", status.Status.ToString());
        Assert.Equal((1_000_001 + "Subject: t\n\n".Length).ToString(System.Globalization.CultureInfo.InvariantCulture), Lines("size")[0].Trim());
    }

    [Fact]
    public async Task Message_OverTheSizeLimit_IsBounced()
    {
        var status = await DeliverAsync([$"user={User}", "size=10", "argv=/bin/true"]);

        Assert.Equal("5.2.3 message too large", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task FlagD_WithSeveralRecipients_IsAConfigurationError()
    {
        string[] arguments = ["flags=D", $"user={User}", "argv=/bin/true"];
        const string SeveralAllowed = "p_destination_recipient_limit = 50";
        var one = await DeliverAsync(arguments, extra: SeveralAllowed);
        var two = await DeliverAsync(arguments, recipients: ["x@p.test", "y@p.test"], extra: SeveralAllowed);

        Assert.Equal("delivered via p service", one.Reason);
        Assert.Equal("4.3.5 mail system configuration error", $"{two.Status} {two.Reason}");
        Assert.Contains("warning: pipe flag `D' requires p_destination_recipient_limit = 1", _log.Lines);
    }

    [Fact]
    public async Task FlagD_MessageThatWasHereBefore_IsALoop()
    {
        var status = await DeliverAsync(["flags=D", $"user={User}", "argv=/bin/true"], head: "Delivered-To: x@p.test\n\n");

        Assert.Equal("5.4.6 mail forwarding loop for x@p.test", $"{status.Status} {status.Reason}");
    }

    [Theory]
    [InlineData("missing user= command-line attribute", "argv=/bin/true")]
    [InlineData("missing argv= command-line attribute", "user=nobody")]
    [InlineData("get_service_attr: unknown username: nosuchuser", "user=nosuchuser", "argv=/bin/true")]
    [InlineData("get_service_attr: unknown group: nosuch", "user=nobody:nosuch", "argv=/bin/true")]
    [InlineData("unknown attribute name: bla=1", "user=nobody", "bla=1", "argv=/bin/true")]
    [InlineData("unknown flag: Z (ignored)", "flags=Z", "user=nobody", "argv=/bin/true")]
    public void Attributes_ThatAreWrong_AreRefusedInPostfixsWords(string expected, params string[] arguments)
    {
        var e = Assert.Throws<ConfigurationException>(() => PipeSettings.Parse("p", arguments, ParameterSet.Parse("")));
        Assert.Equal(expected, e.Message);
    }

    private void Script(string name, string text) => ScriptFile.Write($"{_directory}/{name}", string.Format(null, text, _directory));

    private string[] Lines(string name) => File.ReadAllLines($"{_directory}/{name}");

    private async Task<DeliveryStatus> DeliverAsync(
        string[] arguments, string sender = "sender@test", string[]? recipients = null, string extra = "", string head = "Subject: t\n\n", string body = "From me\n.dot\n")
    {
        var parameters = ParameterSet.Parse($"p_destination_recipient_limit = 1\nrecipient_delimiter = +\n{extra}\n");
        await using var tables = new TableSet(parameters) { Warn = _log.Warning };
        var agent = PipeAgent.Create("p", arguments, tables, _log, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var request = new DeliveryRequest
        {
            QueueId = "4SVLCh0000z1",
            Transport = "p",
            Nexthop = "p.test",
            Sender = sender,
            Recipients = [.. (recipients ?? ["x@p.test"]).Select((r, i) => new DeliveryRecipient(i, r) { OriginalAddress = "orig@p.test" })],
            ArrivalTime = now,
            ActiveTime = now,
            Client = new ClientIdentity { Name = "localhost", Address = "127.0.0.1" },
            Head = Encoding.ASCII.GetBytes(head),
            Body = Encoding.ASCII.GetBytes(body),
            BodyOctets = body.Length,
            ContentOctets = head.Length + body.Length,
        };
        var reported = new Dictionary<int, DeliveryStatus>();
        await agent.DeliverAsync(
            request,
            (index, status) =>
            {
                reported.Add(index, status);
                return ValueTask.CompletedTask;
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(request.Recipients.Count, reported.Count);
        return reported[0];
    }
}
