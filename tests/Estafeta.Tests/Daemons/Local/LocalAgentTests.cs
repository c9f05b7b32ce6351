using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Local;

/// <summary>Deliveries and log lines as Postfix 3.7's local made them for the same aliases, .forward files and mailboxes.</summary>
public sealed class LocalAgentTests : IDisposable
{
    private readonly LocalAgentFixture _local = new();

    public void Dispose() => _local.Dispose();

    [Fact]
    public async Task User_GetsTheMessageInTheSpoolMailbox()
    {
        await _local.DeliverAsync("U1+x@local.test", original: "o@local.test");

        Assert.Equal(["QID: to=<U1+x@local.test>, orig_to=<o@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)"], _local.LogLines());
        var text = await File.ReadAllTextAsync(_local.Directory + "/spool/u1", TestContext.Current.CancellationToken);
        Assert.Matches("^From sender@test  .*\nReturn-Path: <sender@test>\nX-Original-To: o@local.test\nDelivered-To: U1[+]x@local.test\nSubject: t\n\nhello\n\n$", text);
    }

    [Fact]
    public async Task HomeMailbox_EndingInSlash_IsAMaildir()
    {
        _local.Extra = "home_mailbox = Maildir/";

        var status = await _local.DeliverAsync("u1@local.test");

        Assert.Equal("2.0.0 delivered to maildir", $"{status.Status} {status.Reason}");
        Assert.Single(Directory.GetFiles(_local.Directory + "/u1/Maildir/new"));
    }

    [Fact]
    public async Task Alias_WithUsers_DeliversToEach()
    {
        _local.Aliases = "{two=u1, \\\\u2}";

        await _local.DeliverAsync("two@local.test");

        Assert.Equal(
            [
                "QID: to=<u1@mx.test>, orig_to=<two@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
                "QID: to=<u2@mx.test>, orig_to=<two@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
            ],
            _local.LogLines());
        Assert.Contains("\nDelivered-To: two@local.test\n", _local.Spool("u1")[0] + "\n", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alias_WithRemoteAddresses_IsForwardedAsOneMessage()
    {
        _local.Aliases = "{list=a@virt.test, Some Name <b@virt.test> (comment)}";

        await _local.DeliverAsync("list@local.test");

        Assert.Equal(["QID: to=<list@local.test>, relay=local, dsn=2.0.0, status=sent (forwarded as 00001F1)"], _local.LogLines());
        var forwarded = Assert.Single(_local.Cleanup.Messages);
        Assert.Equal(["a@virt.test", "b@virt.test"], forwarded.Recipients.Select(r => r.Address));
        Assert.Equal("list@local.test", forwarded.Recipients[0].OriginalAddress);
        Assert.Equal("sender@test", forwarded.Request.Sender);
        Assert.Equal("client.test", forwarded.Request.Client.Helo);
        Assert.Equal(CleanupFlags.InternalMail | CleanupFlags.NoHeaderBodyChecks | CleanupFlags.NoMilters, forwarded.Request.Flags);
        Assert.Matches("^Received: by mx.test \\(Postfix\\)\n\tid 00001F1; .*\nDelivered-To: list@local.test\nSubject: t\n\nhello\n$", forwarded.Content);
    }

    [Theory]
    [InlineData("sender@test")]
    [InlineData("")]
    public async Task Alias_WithAnOwner_TakesItsSenderAndForwardsUsersToo(string sender)
    {
        _local.Aliases = "{l=u1, DIR/out/file}, {owner-l=u2}";

        await _local.DeliverAsync("l@local.test", sender);

        Assert.Equal(
            [
                "QID: to=<l@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to file: DIR/out/file)",
                "QID: to=<l@local.test>, relay=local, dsn=2.0.0, status=sent (forwarded as 00001F1)",
            ],
            _local.LogLines());
        var forwarded = Assert.Single(_local.Cleanup.Messages);
        Assert.Equal("owner-l@mx.test", forwarded.Request.Sender);
        Assert.Equal("", forwarded.Recipients[0].OriginalAddress);
        var file = await File.ReadAllTextAsync(_local.Directory + "/out/file", TestContext.Current.CancellationToken);
        Assert.Contains("Return-Path: <owner-l@mx.test>\nDelivered-To: l@local.test\n", file, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ForwardFile_DeliversOwnMailboxFilesAndCommandsAndForwardsTheRest()
    {
        _local.WriteForward(2, "u1, \\\\u2, DIR/u2/copy, \"~/x\", \"|cat >DIR/u2/cmd; echo $USER $EXTENSION >>DIR/u2/cmd\", x@remote.invalid\n# comment\n");

        var status = await _local.DeliverAsync("u2+foo@local.test");

        Assert.Equal(DeliveryAction.Sent, status.Action);
        Assert.Equal(
            [
                "QID: to=<u2@mx.test>, orig_to=<u2+foo@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
                "QID: to=<u2+foo@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to file: DIR/u2/copy)",
                "QID: to=<u2+foo@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to file: DIR/u2/x)",
                "QID: to=<u2+foo@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to command: cat >DIR/u2/cmd; echo $USER $EXTENSION >>DIR/u2/cmd)",
                "QID: to=<u2+foo@local.test>, relay=local, dsn=2.0.0, status=sent (forwarded as 00001F1)",
            ],
            _local.LogLines());
        Assert.Equal(["u1@mx.test", "x@remote.invalid"], _local.Cleanup.Messages[0].Recipients.Select(r => r.Address));
        Assert.EndsWith("hello\nu2 foo\n", await File.ReadAllTextAsync(_local.Directory + "/u2/cmd", TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("# only a comment\n")]
    [InlineData("u3\n")]
    [InlineData("u3+other\n")]
    public async Task ForwardFile_WithNobodyElse_IsTheMailbox(string text)
    {
        _local.WriteForward(3, text);

        await _local.DeliverAsync("u3@local.test");

        Assert.Single(_local.Spool("u3"), s => s.StartsWith("From ", StringComparison.Ordinal));
        Assert.Empty(_local.Cleanup.Messages);
    }

    [Fact]
    public async Task ForwardFile_ForTheExtension_ComesFirst()
    {
        _local.WriteForward(3, "a@virt.test\n", ".forward+ext");
        _local.WriteForward(3, "b@virt.test\n");

        await _local.DeliverAsync("u3+ext@local.test");
        await _local.DeliverAsync("u3+else@local.test");

        Assert.Equal(["a@virt.test", "b@virt.test"], _local.Cleanup.Messages.Select(m => m.Recipients[0].Address));
    }

    /// <summary>As Postfix 3.7 does it: each kind of list says for itself whether an extension goes on.</summary>
    [Theory]
    [InlineData("", "a@virt.test b@virt.test c@virt.test")]
    [InlineData("alias", "a+x@virt.test b@virt.test c@virt.test")]
    [InlineData("forward", "a@virt.test b+x@virt.test c@virt.test")]
    [InlineData("include", "a@virt.test b@virt.test c@virt.test")]
    [InlineData("alias, forward, include", "a+x@virt.test b+x@virt.test c+x@virt.test")]
    public async Task UnmatchedExtension_GoesOnWherePropagated(string kinds, string expected)
    {
        _local.Extra = "propagate_unmatched_extensions = canonical, virtual, " + kinds;
        _local.Aliases = "{list=a@virt.test}, {incl=:include:DIR/out/list}";
        _local.WriteForward(3, "b@virt.test\n");
        await File.WriteAllTextAsync(_local.Directory + "/out/list", "c@virt.test\n", TestContext.Current.CancellationToken);

        foreach (var user in new[] { "list", "u3", "incl" })
        {
            await _local.DeliverAsync(user + "+x@local.test");
        }

        Assert.Equal(expected, string.Join(' ', _local.Cleanup.Messages.Select(m => m.Recipients[0].Address)));
    }

    [Theory]
    [InlineData("mailbox_transport_maps", "u1")]
    [InlineData("mailbox_command_maps", "u1")]
    [InlineData("fallback_transport_maps", "nosuch")]
    public async Task Maps_InTrouble_Defer(string parameter, string user)
    {
        _local.Extra = parameter + " = fail:trouble";
        var status = await _local.DeliverAsync(user + "@local.test");
        Assert.Equal("4.3.0 table lookup failure", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task UnmatchedExtension_OfTheUsersOwnName_IsTheMailbox()
    {
        _local.Extra = "propagate_unmatched_extensions = forward";
        _local.WriteForward(3, "u3, a@virt.test\n", ".forward");
        _local.WriteForward(3, "b@virt.test\n", ".forward+own");

        await _local.DeliverAsync("u3+x@local.test");
        await _local.DeliverAsync("u3+own@local.test");

        Assert.Single(_local.Spool("u3"), s => s.StartsWith("From ", StringComparison.Ordinal));
        Assert.Equal(["a+x@virt.test", "b@virt.test"], _local.Cleanup.Messages.Select(m => m.Recipients[0].Address));
    }

    [Fact]
    public async Task ForwardFile_OthersMayWrite_IsIgnored()
    {
        _local.WriteForward(1, "u4\n");
        File.SetUnixFileMode(_local.Directory + "/u1/.forward", (UnixFileMode)0x1b6);

        await _local.DeliverAsync("u1@local.test");

        Assert.Contains("warning: file DIR/u1/.forward is world writable", _local.LogLines());
        Assert.NotEmpty(_local.Spool("u1"));
    }

    [Fact]
    public async Task NestedAliases_ThroughAForwardFile_ForwardWhatTheUserNames()
    {
        _local.Aliases = "{nest=two, u1, deep}, {two=u6, u7}, {deep=u2}";
        _local.WriteForward(1, "two, u2, u1@local.test, u5\n");

        await _local.DeliverAsync("nest@local.test");

        Assert.Equal(
            [
                "QID: to=<u6@mx.test>, orig_to=<nest@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
                "QID: to=<u7@mx.test>, orig_to=<nest@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
                "QID: to=<u1@local.test>, orig_to=<nest@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
                "QID: to=<nest@local.test>, relay=local, dsn=2.0.0, status=sent (forwarded as 00001F1)",
            ],
            _local.LogLines());
        Assert.Equal(["u2@mx.test", "u5@mx.test", "u6@mx.test", "u7@mx.test"], _local.Cleanup.Messages[0].Recipients.Select(r => r.Address).Order());
    }

    [Fact]
    public async Task Include_ForwardsAddressesAndRestrictsCommands()
    {
        var list = _local.Directory + "/out/list";
        await File.WriteAllTextAsync(list, "# comment\nu1, a@virt.test\n\"|true\"\n/tmp/x\n", TestContext.Current.CancellationToken);
        _local.Aliases = "{incl=:include:DIR/out/list}";

        var status = await _local.DeliverAsync("incl@local.test");

        Assert.Equal(
            [
                "QID: to=<incl@local.test>, relay=local, dsn=5.7.1, status=bounced (mail to command is restricted)",
                "QID: to=<incl@local.test>, relay=local, dsn=5.7.1, status=bounced (mail to file is restricted)",
                "QID: to=<incl@local.test>, relay=local, dsn=2.0.0, status=sent (forwarded as 00001F1)",
            ],
            _local.LogLines());
        Assert.Equal(DeliveryAction.Bounced, status.Action);
    }

    [Theory]
    [InlineData("nosuch+ext@local.test", "5.1.1 unknown user: \"nosuch\"", "")]
    [InlineData("postmaster@local.test", "2.0.0 discarded", "warning: required alias not found: postmaster")]
    [InlineData("self@local.test", "5.1.1 unknown user: \"self\"", "")]
    [InlineData("bad@local.test", "5.3.5 mail system configuration error", "warning: unable to lookup :include: file /nonexistent: No such file or directory")]
    [InlineData("rel@local.test", "5.3.5 mail system configuration error", "warning: :include:etc/list uses a relative path")]
    [InlineData("dir@local.test", "5.3.5 mail system configuration error", "warning: :include: file /tmp is not a regular file")]
    [InlineData("inv@local.test", "5.1.3 bad recipient address syntax: b@", "")]
    [InlineData("cmdfail@local.test", "5.3.0 Command died with status 3: \"exit 3\"", "")]
    [InlineData("cmdtemp@local.test", "4.3.0 temporary failure", "")]
    [InlineData("cmddsn@local.test", "5.7.9 go away ", "")]
    [InlineData("cmd127@local.test", "5.3.0 Command died with status 127: \"nosuchcmd\". Command output: sh: 1: nosuchcmd: not found ", "")]
    [InlineData("cmdnone@local.test", "4.3.0 temporary failure. Command output: local: fatal: execvp /nonexistent/prog: No such file or directory ", "")]
    [InlineData("devnull@local.test", "2.0.0 delivered to file: /dev/null", "")]
    [InlineData("loop@local.test", "5.4.6 alias database loop for loop2", "warning: alias database loop for loop2")]
    public async Task Recipient_EndsAsInPostfix(string recipient, string expected, string logged)
    {
        _local.Aliases = "{self=\\self}, {bad=:include:/nonexistent}, {rel=:include:etc/list}, {dir=:include:/tmp}, {inv=b@}, "
            + "{cmdfail=\"|exit 3\"}, {cmdtemp=\"|exit 75\"}, {cmddsn=\"|echo 5.7.9 go away; exit 1\"}, {cmd127=|nosuchcmd}, {cmdnone=\"|/nonexistent/prog a\"}, "
            + "{devnull=/dev/null}, {loop=loop2}, {loop2=loop}";

        var status = await _local.DeliverAsync(recipient);

        Assert.Equal(expected, $"{status.Status} {status.Reason}");
        Assert.True(logged.Length == 0 || _local.Log.Lines.Contains(logged), string.Join("\n", _local.Log.Lines));
    }

    /// <summary>mailbox_size_limit bounds the files of commands, too: a write fails, and no signal ends the command.</summary>
    [Fact]
    public async Task FilesOfACommand_AreBoundByTheMailboxSizeLimit()
    {
        _local.Extra = "message_size_limit = 10000\nmailbox_size_limit = 20000";
        _local.Aliases = "{big=\"|cat >/dev/null; dd if=/dev/zero of=DIR/out/big bs=1000 count=50\"}";

        var status = await _local.DeliverAsync("big@local.test");

        Assert.StartsWith("Command died with status 1: ", status.Reason, StringComparison.Ordinal);
        Assert.Contains("File too large", status.Reason, StringComparison.Ordinal);
        Assert.Equal(20_000, new FileInfo(_local.Directory + "/out/big").Length);
    }

    [Fact]
    public async Task AliasTable_InTrouble_DefersAndNeverBounces()
    {
        _local.Extra = "alias_maps = fail:x";

        var status = await _local.DeliverAsync("u1@local.test");

        Assert.Equal("4.3.0 alias database unavailable", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task EveryFailure_IsReported()
    {
        _local.Aliases = "{many=\"|exit 3\", nosuch1, u1, \"|exit 67\"}, {one=nosuch2}";

        var status = await _local.DeliverAsync("many@local.test");

        Assert.Equal(
            ["many@local.test (many@local.test) 5.1.1 user unknown", "many@local.test (many@local.test) 5.3.0 Command died with status 3: \"exit 3\"", "nosuch1@mx.test (many@local.test) 5.1.1 unknown user: \"nosuch1\""],
            status.Parts!.Where(p => p.Status.Action == DeliveryAction.Bounced).Select(p => $"{p.Address} ({p.OriginalAddress}) {p.Status.Status} {p.Status.Reason}").Order(StringComparer.Ordinal));
        Assert.Equal("nosuch2@mx.test", Assert.Single((await _local.DeliverAsync("one@local.test")).Parts!).Address);
        Assert.Null((await _local.DeliverAsync("nosuch3@local.test")).Parts);
    }

    /// <summary>The alias is tried again as a whole, and the sender hears of the member that failed all the same.</summary>
    [Fact]
    public async Task EveryFailure_OfAnAliasThatIsTriedAgain_IsReported()
    {
        _local.Aliases = "{mix=\"|exit 3\", \"|exit 75\", u1}";

        var status = await _local.DeliverAsync("mix@local.test");

        Assert.Equal(DeliveryAction.Deferred, status.Action);
        Assert.Equal([DeliveryAction.Bounced, DeliveryAction.Deferred, DeliveryAction.Sent], status.Parts!.Select(p => p.Status.Action)); // asserted by its use
    }

    [Fact]
    public async Task NotifySuccess_EverySuccessIsReported_AndNotAskedForAgainWhenForwarded()
    {
        _local.Aliases = "{two=DIR/out/a, DIR/out/b}, {away=a@virt.test}";

        var two = await _local.DeliverAsync("two@local.test", notify: DsnNotify.Success);
        Assert.Equal(["delivered", "delivered"], two.Parts!.Select(p => p.Status.SuccessWord)); // asserted by its use

        await _local.DeliverAsync("away@local.test", notify: DsnNotify.Success);
        await _local.DeliverAsync("away@local.test", notify: DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay);
        await _local.DeliverAsync("away@local.test");
        Assert.Equal(
            [DsnNotify.Never, DsnNotify.Failure | DsnNotify.Delay, DsnNotify.Unspecified],
            _local.Cleanup.Messages.Select(m => m.Recipients[0].Notify));
    }

    [Fact]
    public async Task OneTemporaryFailure_KeepsTheRestFromBeingForwarded()
    {
        _local.Aliases = "{mix=a@virt.test, \"|exit 75\"}";

        var status = await _local.DeliverAsync("mix@local.test");

        Assert.Equal(DeliveryAction.Deferred, status.Action);
        Assert.Empty(_local.Cleanup.Messages);
    }

    [Fact]
    public async Task Cleanup_ThatFails_Defers()
    {
        _local.Aliases = "{x=a@virt.test}";
        _local.Cleanup.Result = new(Estafeta.Services.Cleaning.CleanupOutcome.WriteError, "");

        var status = await _local.DeliverAsync("x@local.test");

        Assert.Equal("4.3.0 unable to forward message", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Message_ThatWasHereBefore_IsALoop()
    {
        var status = await _local.DeliverAsync("u1@local.test", head: "Delivered-To: U1@local.test\n\n");

        Assert.Equal("5.4.6 mail forwarding loop for u1@local.test", $"{status.Status} {status.Reason}");
    }

    [Theory]
    [InlineData("mailbox_transport = lmtp:unix:private/dovecot", "u1@local.test", "lmtp", "unix:private/dovecot")]
    [InlineData("fallback_transport = relay", "nosuch@local.test", "relay", "local.test")]
    public async Task OtherTransport_GetsTheRecipient(string extra, string recipient, string transport, string nexthop)
    {
        _local.Extra = extra;

        await _local.DeliverAsync(recipient);

        var passed = Assert.Single(_local.Passed);
        Assert.Equal((transport, nexthop, recipient), (passed.Transport, passed.Nexthop, passed.Recipients[0].Address));
        Assert.Equal([$"QID: passing <{recipient}> to transport={transport}"], _local.LogLines());
    }

    [Fact]
    public async Task LuserRelay_GetsUnknownUsers()
    {
        _local.Extra = "luser_relay = u8+$local";

        await _local.DeliverAsync("luser+x@local.test");

        Assert.Equal(["QID: to=<u8+luser+x@mx.test>, orig_to=<luser+x@local.test>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)"], _local.LogLines());
    }

    [Fact]
    public async Task MailboxCommand_RunsWithTheUsersRightsAndEnvironment()
    {
        _local.Extra = "mailbox_command = id -u >DIR/out/id; env | sort >DIR/out/env";

        var status = await _local.DeliverAsync("u3+e;x@local.test");

        Assert.Equal(DeliveryAction.Sent, status.Action);
        var uid = LocalAgentFixture.UidOf(3).ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(uid, (await File.ReadAllTextAsync(_local.Directory + "/out/id", TestContext.Current.CancellationToken)).Trim());
        var environment = await File.ReadAllLinesAsync(_local.Directory + "/out/env", TestContext.Current.CancellationToken);
        foreach (var expected in new[]
        {
            "USER=u3", "LOGNAME=u3", "SHELL=/bin/sh", "HOME=" + _local.Directory + "/u3", "EXTENSION=e_x", "DOMAIN=local.test", "LOCAL=u3+e_x",
            "RECIPIENT=u3+e_x@local.test", "SENDER=sender@test", "CLIENT_ADDRESS=127.0.0.1", "CLIENT_HOSTNAME=localhost", "CLIENT_PROTOCOL=ESMTP", "PATH=/usr/bin:/bin",
        })
        {
            Assert.Contains(expected, environment);
        }
    }

    [Fact]
    public async Task File_OfSomebodyElse_ThatAnAliasNames_IsWritten()
    {
        Assert.SkipUnless(Estafeta.Unix.Identity.Privileges.IsRoot, "needs root to give a file to another user");
        var path = _local.Directory + "/out/shared";
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)0x1b6);
        LocalAgentFixture.Own(path, LocalAgentFixture.UidOf(2));
        _local.Aliases = "{l=DIR/out/shared}";

        var status = await _local.DeliverAsync("l@local.test");

        Assert.Equal($"2.0.0 delivered to file: {path}", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Mailbox_OfSomebodyElse_IsDeferred()
    {
        var path = _local.Directory + "/spool/u1";
        await File.WriteAllTextAsync(path, "", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(path, (UnixFileMode)0x1b6);
        if (!Estafeta.Unix.Identity.Privileges.IsRoot)
        {
            Assert.Skip("needs root to give a file to another user");
        }

        LocalAgentFixture.Own(path, LocalAgentFixture.UidOf(2));
        var status = await _local.DeliverAsync("u1@local.test");

        Assert.Equal($"4.2.0 cannot update mailbox {path} for user u1. destination {path} is not owned by recipient", $"{status.Status} {status.Reason}");
        Assert.Contains("warning: specify \"strict_mailbox_ownership = no\" to ignore mailbox ownership mismatch", _local.Log.Lines);
    }

    [Fact]
    public async Task VerifyOnly_DeliversNothingAndSaysWhatWouldHappen()
    {
        _local.Aliases = "{all=u1, a@virt.test, \"|true\", /tmp/file}";

        var status = await _local.DeliverAsync("all@local.test", trace: TraceRequest.VerifyOnly);

        Assert.Equal(DeliveryAction.Deliverable, status.Action);
        Assert.Equal(
            [
                "QID: to=<u1@mx.test>, orig_to=<all@local.test>, relay=local, dsn=2.0.0, status=deliverable (delivers to mailbox)",
                "QID: to=<a@virt.test>, orig_to=<all@local.test>, relay=local, dsn=2.0.0, status=deliverable (forwards to a@virt.test)",
                "QID: to=<all@local.test>, relay=local, dsn=2.0.0, status=deliverable (delivers to command: true)",
                "QID: to=<all@local.test>, relay=local, dsn=2.0.0, status=deliverable (delivers to file: /tmp/file)",
            ],
            _local.LogLines());
        Assert.Empty(_local.Cleanup.Messages);
        Assert.Empty(_local.Spool("u1"));
    }

    [Theory]
    [InlineData("all@local.test", "deliverable (aliased to nosuch, \"|exit 3\")")]
    [InlineData("u1@local.test", "deliverable (forward via file: DIR/u1/.forward)")]
    [InlineData("u2@local.test", "deliverable (delivers to mailbox)")]
    [InlineData("nosuch@local.test", "undeliverable (unknown user: \"nosuch\")")]
    public async Task Probe_LooksAtTheFirstStepOnly(string recipient, string outcome)
    {
        _local.Aliases = "{all=nosuch, \"|exit 3\"}";
        _local.WriteForward(1, "a@virt.test\n");

        await _local.DeliverAsync(recipient, isProbe: true);

        Assert.EndsWith($"status={outcome}", Assert.Single(_local.LogLines()), StringComparison.Ordinal);
        Assert.Empty(_local.Cleanup.Messages);
    }
}
