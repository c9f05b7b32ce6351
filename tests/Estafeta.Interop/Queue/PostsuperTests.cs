using System.Text.RegularExpressions;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Queue;

/// <summary>
/// postsuper with the mail system running and with it down: the texts and exit codes are those of Debian's postsuper 3.7.11, to which the
/// same commands were given.
/// </summary>
public sealed class PostsuperTests
{
    private const string You = "you@" + MailSystem.Domain;

    // Nobody listens on port 1.
    private const string Routes = "transport_maps = inline:{away.example=smtp:[127.0.0.1]:1}\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OneByOne(bool isDown)
    {
        using var system = WithDeferred(2, isDown, out var ids);
        var (a, b) = (ids[0], ids[1]);
        Says(system, $"{a}: placed on hold|Placed on hold: 1 message", "-h", a);
        Says(system, "Placed on hold: 0 messages", "-h", a);
        Says(system, $"{a}: expired|Force-expired: 1 message", "-e", a);
        Says(system, "Force-expired: 0 messages", "-e", a);
        Says(system, "Released from hold: 0 messages", "-H", a, "deferred");
        Says(system, $"{a}: released from hold|Force-expired: 0 messages|Released from hold: 1 message", "-f", a);
        Says(system, $"{b}: placed on hold|{b}: released from hold|Placed on hold: 1 message|Released from hold: 1 message", "-h", b, "-H", b);
        Says(system, $"{b}: placed on hold|Placed on hold: 1 message|Released from hold: 0 messages", "-H", b, "-h", b);
        Says(system, $"{b}: expired|{b}: released from hold|Force-expired: 1 message|Released from hold: 1 message", "-f", b);
        Says(system, $"{a}: removed|Requeued: 0 messages|Deleted: 1 message", "-d", a, "-r", a);
        Says(system, $"{b}: placed on hold|{b}: removed|Deleted: 1 message|Placed on hold: 1 message", "-h", b, "-d", b);
        Assert.DoesNotContain("queue_id", system.Run("postqueue", ["-j"]).Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void All(bool isDown)
    {
        using var system = WithDeferred(3, isDown, out var ids);
        Says(system, "Placed on hold: 0 messages", "-h", "ALL", "active");
        Says(system, $"{ids[0]}: placed on hold|Placed on hold: 1 message", "-h", ids[0]);
        Says(system, "Placed on hold: 2 messages", "-h", "ALL");
        Says(system, "Placed on hold: 0 messages", "-h", "ALL", "hold");
        Says(system, "Force-expired: 0 messages", "-e", "ALL", "deferred");
        Says(system, "Force-expired: 3 messages", "-e", "ALL", "hold");
        Says(system, "Force-expired: 0 messages|Released from hold: 3 messages", "-f", "ALL");
        Says(system, "Placed on hold: 3 messages|Released from hold: 3 messages", "-h", "ALL", "-H", "ALL");
        Says(system, "Requeued: 0 messages", "-r", "ALL", "hold", "incoming");
        Says(system, "Deleted: 0 messages", "-d", "ALL", "active", "flush");
        Says(system, "Deleted: 3 messages", "-d", "ALL", "deferred");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WrongWords(bool isDown)
    {
        using var system = WithDeferred(1, isDown, out var ids);
        Says(system, "Deleted: 0 messages", "-d", "NOSUCH1");
        Says(system, "Deleted: 0 messages", "-d", "all");
        Says(system, "warning: invalid mail queue id: a/b|Deleted: 0 messages", "-d", "a/b");
        Says(system, "warning: invalid mail queue id: |Deleted: 0 messages", "-d", "");
        Assert.Equal((1, "postsuper: fatal: invalid directory name: corrupt\n"), system.Run("postsuper", "-d", "ALL", "corrupt"));
        Assert.Equal((1, $"postsuper: fatal: invalid directory name: {ids[0]}\n"), system.Run("postsuper", "-f", "ALL", ids[0]));
        Assert.Equal(
            (0, $"postsuper: warning: invalid mail queue id: \npostsuper: warning: invalid mail queue id:  {ids[0]}\npostsuper: {ids[0]}: removed\n"
                + "postsuper: Deleted: 1 message\n"),
            system.Run("postsuper", ["-d", "-"], $"\n {ids[0]}\nZZ\n{ids[0]}\n"));
    }

    [Fact]
    public void Requeue_WithTheSystemDown_IsDoneAtTheNextStart()
    {
        using var system = WithDeferred(3, isDown: true, out var ids);
        var (a, b, c) = (ids[0], ids[1], ids[2]);
        Says(system, $"{a}: placed on hold|Placed on hold: 1 message", "-h", a);
        Says(system, $"{a}: requeued|Requeued: 1 message", "-r", a);
        Says(system, $"{b}: requeued|Requeued: 1 message", "-r", b, "deferred");
        Says(system, "Requeued: 1 message", "-r", "ALL");

        // In maildrop, there is one thing that can still be done to it.
        Says(system, "Requeued: 0 messages", "-r", a);
        Says(system, "Requeued: 0 messages", "-r", "ALL", "maildrop");
        Says(system, "Placed on hold: 0 messages", "-h", a, "maildrop");
        Says(system, "Force-expired: 0 messages", "-e", "ALL", "maildrop");
        Assert.Equal(3, Regex.Count(system.Run("postqueue", ["-j"]).Output, "\"queue_name\": \"maildrop\""));
        Assert.StartsWith($"*** ENVELOPE RECORDS maildrop/{a} ***\n", system.Run("postcat", ["-q", a]).Output);
        Says(system, $"{c}: removed|Deleted: 1 message", "-d", c);

        system.WriteMainCf(Routes + $"virtual_alias_maps = inline:{{someone@away.example={You}}}\nvirtual_alias_domains = away.example\n");
        system.Start();
        foreach (var message in system.Delivered("you", 2))
        {
            Assert.Contains("X-Original-To: someone@away.example\n", message);
            Assert.Matches(@"\nReceived: by mail\.example\.test \(Postfix, from userid [0-9]+\)\n\tid [0-9A-F]+; ", message);
            Assert.EndsWith("\n\nbody\n", message);
        }

        Assert.Matches($"postfix/pickup\\[[0-9]+\\]: [0-9A-F]+: uid=[0-9]+ from=<{You}> orig_id={a}\n", system.Log);
        system.WaitUntil(() => system.Run("postqueue", ["-p"]) == (0, "Mail queue is empty\n"), "the end of the old messages");
    }

    private static void Says(MailSystem system, string lines, params string[] arguments) =>
        Assert.Equal((0, string.Concat(lines.Split('|').Select(l => $"postsuper: {l}\n"))), system.Run("postsuper", arguments));

    /// <summary>A system with so many messages in the deferred queue, running or not.</summary>
    private static MailSystem WithDeferred(int count, bool isDown, out List<string> ids)
    {
        var system = new MailSystem(Routes);
        system.Start();
        for (var i = 0; i < count; i++)
        {
            using var client = system.Connect();
            client.BeginMail("someone@away.example", You);
            client.Send("Subject: hello\r\n\r\nbody\r\n.\r\n");
            client.Expect("250");
            client.Say("QUIT", "221");
        }

        var found = new List<string>();
        system.WaitUntil(
            () =>
            {
                found = [.. Regex.Matches(system.Run("postqueue", "-j").Output, "\"deferred\", \"queue_id\": \"([^\"]+)\"").Select(m => m.Groups[1].Value)];
                return found.Count == count;
            },
            $"{count} deferred messages");
        if (isDown)
        {
            system.Stop();
        }

        ids = found;
        return system;
    }
}
