using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Local;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;
using Estafeta.Tests.Daemons.Bounce;
using Estafeta.Unix.Files;
using Estafeta.Unix.Identity;

namespace Estafeta.Tests.Daemons.Local;

/// <summary>
/// A local agent over a directory of its own: users u1…u9 with homes there (as root with uids of their own, otherwise all ours), a spool, an
/// aliases file. What is forwarded is recorded as <c>F1</c>, <c>F2</c>…
/// </summary>
internal sealed class LocalAgentFixture : IDisposable
{
    public LocalAgentFixture()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("estafeta-local-").FullName;
        Open(Directory);
        Open(System.IO.Directory.CreateDirectory(Directory + "/spool").FullName);
        Open(System.IO.Directory.CreateDirectory(Directory + "/out").FullName);
        for (var i = 1; i <= 9; i++)
        {
            var home = Directory + $"/u{i}";
            System.IO.Directory.CreateDirectory(home);
            Own(home, UidOf(i));
        }
    }

    public string Directory { get; }

    public MemoryMailLog Log { get; } = new();

    public RecordingCleanup Cleanup { get; } = new([.. Enumerable.Range(1, 9).Select(i => $"0000{i}F{i}")]);

    public List<DeliveryRequest> Passed { get; } = [];

    public string Aliases { get; set; } = "{unused=unused}";

    public string Extra { get; set; } = "";

    public static uint UidOf(int user) => Privileges.IsRoot ? (uint)(64000 + user) : Privileges.EffectiveUid;

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    public void WriteForward(int user, string text, string name = ".forward")
    {
        var path = $"{Directory}/u{user}/{name}";
        File.WriteAllText(path, text.Replace("DIR", Directory, StringComparison.Ordinal));
        File.SetUnixFileMode(path, (UnixFileMode)0x1a4);
        Own(path, UidOf(user));
    }

    public string[] Spool(string user) => File.Exists($"{Directory}/spool/{user}")
        ? File.ReadAllText($"{Directory}/spool/{user}").Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
        : [];

    /// <summary>The log without what differs from run to run: <c>to=… relay=local, dsn=… status=…</c>.</summary>
    public string[] LogLines() => [.. Log.Lines.Select(l => System.Text.RegularExpressions.Regex.Replace(
        l.Replace(Directory, "DIR", StringComparison.Ordinal), "delay=.*, dsn", "dsn"))];

    public async Task<DeliveryStatus> DeliverAsync(
        string recipient, string sender = "sender@test", string head = "Subject: t\n\n", bool isProbe = false, string? original = null,
        DsnNotify notify = DsnNotify.Unspecified, TraceRequest trace = TraceRequest.None)
    {
        var parameters = ParameterSet.Parse($"""
            myhostname = mx.test
            mydestination = local.test, mx.test
            alias_maps = inline:{"{"}{Aliases.Replace("DIR", Directory, StringComparison.Ordinal)}{"}"}
            mail_spool_directory = {Directory}/spool
            recipient_delimiter = +
            deliver_lock_attempts = 1
            message_size_limit = 200000
            mailbox_size_limit = 300000
            biff = no
            local_recipient_maps =
            {Extra.Replace("DIR", Directory, StringComparison.Ordinal)}
            """);
        await using var tables = new TableSet(parameters) { Warn = Log.Warning };
        var resolver = AddressResolver.Create(parameters, tables, Log, TimeProvider.System);
        var agent = LocalAgent.Create(tables, resolver, Cleanup, _ => new PassedTo(Passed), FindUser, Log, TimeProvider.System);
        var now = TimeProvider.System.GetUtcNow();
        var request = new DeliveryRequest
        {
            QueueId = "QID",
            Transport = "local",
            Nexthop = "local.test",
            Sender = sender,
            Recipients = [new DeliveryRecipient(3, recipient) { OriginalAddress = original ?? recipient, Notify = notify }],
            ArrivalTime = now,
            ActiveTime = now,
            IsProbe = isProbe,
            Trace = trace,
            Client = new ClientIdentity { Name = "localhost", Address = "127.0.0.1", Helo = "client.test", Protocol = "ESMTP" },
            Head = Encoding.ASCII.GetBytes(head),
            Body = "hello\n"u8.ToArray(),
            BodyOctets = 6,
        };
        return await OneRecipient.StatusOfAsync(agent, request);
    }

    public static void Own(string path, uint uid)
    {
        using var file = DurableFile.Open(path, OpenFlags.ReadOnly);
        file.ChangeOwner(uid, Privileges.IsRoot ? uid : Privileges.RealGid);
    }

    private static void Open(string directory) => File.SetUnixFileMode(directory, (UnixFileMode)0x3ff);

    private UserAccount? FindUser(string name) => name is ['u', >= '1' and <= '9' and var digit]
        ? new UserAccount(name, UidOf(digit - '0'), Privileges.IsRoot ? UidOf(digit - '0') : Privileges.RealGid)
        {
            HomeDirectory = $"{Directory}/{name}",
            Shell = "/bin/sh",
        }
        : null;

    private sealed class PassedTo(List<DeliveryRequest> passed) : IDeliveryAgent
    {
        public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
        {
            passed.Add(request);
            await report(request.Recipients[0].Index, DeliveryStatus.Sent("2.0.0", "passed"));
            return DeliveryEnd.Good;
        }
    }
}
