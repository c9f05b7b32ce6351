using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Virtual;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Tests.Daemons.Virtual;

/// <summary>Texts and codes as Postfix 3.7 logged them for the same mailboxes.</summary>
public sealed class VirtualAgentTests : IDisposable
{
    private readonly string _base = Directory.CreateTempSubdirectory("estafeta-virtual-").FullName;
    private readonly MemoryMailLog _log = new();

    public void Dispose() => Directory.Delete(_base, recursive: true);

    [Fact]
    public async Task Maildir_IsMadeAndGetsTheMessage()
    {
        var status = await DeliverAsync("a@virt.test");

        Assert.Equal("2.0.0 delivered to maildir", $"{status.Status} {status.Reason}");
        var file = Assert.Single(Directory.GetFiles(_base + "/a/new"));
        Assert.Matches(@"/\d+\.V[0-9a-f]+I[0-9a-f]+M\d+\.", file);
        Assert.Equal(
            "Return-Path: <sender@test>\nX-Original-To: orig@virt.test\nDelivered-To: a@virt.test\nSubject: t\n\nFrom me\n",
            await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_base + "/a/tmp"));
        Assert.Contains(_log.Lines, l => l.StartsWith("4SVLCh0000z1: to=<a@virt.test>, orig_to=<orig@virt.test>, relay=virtual, delay=", StringComparison.Ordinal)
            && l.EndsWith(", dsn=2.0.0, status=sent (delivered to maildir)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mailbox_GetsOneMessageAfterTheOther()
    {
        await DeliverAsync("b@virt.test");
        var status = await DeliverAsync("b@virt.test");

        Assert.Equal("2.0.0 delivered to mailbox", $"{status.Status} {status.Reason}");
        var text = await File.ReadAllTextAsync(_base + "/b", TestContext.Current.CancellationToken);
        Assert.Equal(2, text.Split("\n>From me\n\n").Length - 1);
        Assert.False(File.Exists(_base + "/b.lock"));
    }

    [Fact]
    public async Task Mailbox_OverTheLimit_IsBouncedAndKeepsItsOldContent()
    {
        await File.WriteAllTextAsync(_base + "/b", new string('x', 299_990), TestContext.Current.CancellationToken);
        OwnByTestUser(_base + "/b");

        var status = await DeliverAsync("b@virt.test");

        Assert.Equal($"5.2.2 delivery failed to mailbox {_base}/b: error writing message: File too large", $"{status.Status} {status.Reason}");
        Assert.Equal(DeliveryAction.Bounced, status.Action);
        Assert.Equal(299_990, new FileInfo(_base + "/b").Length);
    }

    [Fact]
    public async Task Mailbox_ThatIsADirectory_IsDeferred()
    {
        Directory.CreateDirectory(_base + "/b");

        var status = await DeliverAsync("b@virt.test");

        Assert.Equal($"4.2.0 delivery failed to mailbox {_base}/b: cannot open file: Is a directory", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Mailbox_LockedByALockFile_IsDeferred()
    {
        await File.WriteAllTextAsync(_base + "/b.lock", "", TestContext.Current.CancellationToken);

        var status = await DeliverAsync("b@virt.test");

        Assert.Equal($"4.2.0 delivery failed to mailbox {_base}/b: unable to create lock file {_base}/b.lock: File exists", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Mailbox_WithASecondName_IsDeferred()
    {
        await DeliverAsync("b@virt.test");
        Estafeta.Unix.Files.DurableFileSystem.Default.Link(_base + "/b", _base + "/other");

        var status = await DeliverAsync("b@virt.test");

        Assert.Equal($"4.2.0 delivery failed to mailbox {_base}/b: file has 2 hard links", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Mailbox_BehindASymbolicLink_IsNotFollowed()
    {
        File.CreateSymbolicLink(_base + "/b", _base + "/target");
        await File.WriteAllTextAsync(_base + "/target", "", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(_base, (UnixFileMode)0x1ff);

        var status = await DeliverAsync("b@virt.test");

        Assert.Equal(DeliveryAction.Deferred, status.Action);
        Assert.Equal("", await File.ReadAllTextAsync(_base + "/target", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("nobody@virt.test", "5.1.1 unknown user: \"nobody@virt.test\"", "")]
    [InlineData("nouid@virt.test", "4.3.5 mail system configuration error", "warning: recipient nouid@virt.test: not found in virtual_uid_maps")]
    [InlineData("root@virt.test", "4.3.5 mail system configuration error", "warning: recipient root@virt.test: bad uid 0 in virtual_uid_maps")]
    [InlineData("baduid@virt.test", "4.3.5 mail system configuration error", "warning: recipient baduid@virt.test: bad uid xyz in virtual_uid_maps")]
    public async Task Recipient_WithoutAMailbox_IsRefusedAsPostfixDoes(string recipient, string expected, string warning)
    {
        var status = await DeliverAsync(recipient);

        Assert.Equal(expected, $"{status.Status} {status.Reason}");
        Assert.True(warning.Length == 0 || _log.Lines.Contains(warning));
    }

    [Fact]
    public async Task Table_InTrouble_DefersAndNeverBounces()
    {
        var status = await DeliverAsync("a@virt.test", "virtual_mailbox_maps = fail:x");

        Assert.Equal("4.3.5 mail system configuration error", $"{status.Status} {status.Reason}");
        Assert.Equal(DeliveryAction.Deferred, status.Action);
    }

    [Fact]
    public async Task Message_ThatWasHereBefore_IsDelivered()
    {
        var status = await DeliverAsync("a@virt.test", head: "Delivered-To: A@virt.test\n\n");

        Assert.Equal("2.0.0 delivered to maildir", $"{status.Status} {status.Reason}");
    }

    [Fact]
    public async Task Probe_DeliversNothing()
    {
        var status = await DeliverAsync("a@virt.test", isProbe: true);

        Assert.Equal(DeliveryAction.Deliverable, status.Action);
        Assert.Equal("delivers to maildir", status.Reason);
        Assert.False(Directory.Exists(_base + "/a"));
    }

    private static uint Uid => Estafeta.Unix.Identity.Privileges.IsRoot ? 65534 : Estafeta.Unix.Identity.Privileges.EffectiveUid;

    private static void OwnByTestUser(string path)
    {
        using var file = Estafeta.Unix.Files.DurableFile.Open(path, Estafeta.Unix.Files.OpenFlags.WriteOnly);
        file.ChangeOwner(Uid, Uid);
    }

    private async Task<DeliveryStatus> DeliverAsync(string recipient, string extra = "", string head = "Subject: t\n\n", bool isProbe = false)
    {
        File.SetUnixFileMode(_base, (UnixFileMode)0x1ff);
        var parameters = ParameterSet.Parse($$"""
            virtual_mailbox_base = {{_base}}
            virtual_mailbox_maps = inline:{ a@virt.test=a/, b@virt.test=b, nouid@virt.test=n/, root@virt.test=r/, baduid@virt.test=u/ }
            virtual_uid_maps = inline:{ a@virt.test={{Uid}}, b@virt.test={{Uid}}, root@virt.test=0, baduid@virt.test=xyz }
            virtual_gid_maps = static:{{Uid}}
            virtual_mailbox_limit = 300000
            message_size_limit = 200000
            virtual_minimum_uid = 1
            deliver_lock_attempts = 1
            {{extra}}
            """);
        await using var tables = new TableSet(parameters) { Warn = _log.Warning };
        var agent = VirtualAgent.Create(tables, _log, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var request = new DeliveryRequest
        {
            QueueId = "4SVLCh0000z1",
            Transport = "virtual",
            Nexthop = "virt.test",
            Sender = "sender@test",
            Recipients = [new DeliveryRecipient(7, recipient) { OriginalAddress = "orig@virt.test" }],
            ArrivalTime = now,
            ActiveTime = now,
            IsProbe = isProbe,
            Head = Encoding.ASCII.GetBytes(head),
            Body = "From me\n"u8.ToArray(),
            BodyOctets = 8,
        };
        return await OneRecipient.StatusOfAsync(agent, request);
    }
}
