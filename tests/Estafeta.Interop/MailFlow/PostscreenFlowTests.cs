using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Interop.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.MailFlow;

/// <summary>postscreen before smtpd, as processes: who waits gets through to the mailbox, who does not is sent away; a reload costs no session.</summary>
public sealed class PostscreenFlowTests
{
    private const string You = "you@" + MailSystem.Domain;

    [Fact]
    public void Client_ThatWaits_ReachesTheMailbox_AndIsKnownTheNextTime()
    {
        var port = FreePort.Take();
        using var system = Started(port, "postscreen_greet_wait = 1s\n");
        Deliver(port, "first");
        system.WaitForLog("PASS NEW [127.0.0.1]:");
        Deliver(port, "second");
        system.WaitForLog("PASS OLD [127.0.0.1]:");
        Assert.Contains("first", string.Concat(system.Delivered("you", 2)));
    }

    // Caches that several postscreens, on several machines, may share: by proxywrite, by memcached.
    [Fact]
    public void Cache_BehindProxywrite_IsKnownToTheNextProcess()
    {
        var port = FreePort.Take();
        using var system = Started(
            port, "postscreen_greet_wait = 1s\npostscreen_cache_map = proxy:lmdb:${data_directory}/shared\n", "proxywrite unix - - n - 1 proxymap\n");
        Deliver(port, "first");
        system.WaitForLog("PASS NEW [127.0.0.1]:");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitForLog("reload");
        Deliver(port, "second");
        system.WaitForLog("PASS OLD [127.0.0.1]:");
        var (status, output) = system.Run("postmap", "-s", "lmdb:" + Path.Combine(system.Root, "data/shared"));
        Assert.Equal(0, status);
        Assert.Contains("127.0.0.1\t", output);
    }

    [Fact]
    public async Task Cache_InMemcached_IsKnownToTheNextProcess()
    {
        var (address, server) = await MemcacheTableTests.StartAsync();
        await using var running = server;
        var port = FreePort.Take();
        using var system = Started(port, "postscreen_greet_wait = 1s\npostscreen_cache_map = memcache:${config_directory}/memcache.cf\n", start: false);
        await File.WriteAllTextAsync(
            Path.Combine(system.ConfigDirectory, "memcache.cf"), $"memcache = {address}\nkey_format = postscreen:%s\n", TestContext.Current.CancellationToken);
        system.Start();
        Deliver(port, "first");
        system.WaitForLog("PASS NEW [127.0.0.1]:");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitForLog("reload");
        Deliver(port, "second");
        system.WaitForLog("PASS OLD [127.0.0.1]:");
    }

    [Fact]
    public void Client_ThatSpeaksFirst_IsDropped()
    {
        var port = FreePort.Take();
        using var system = Started(port, "postscreen_greet_wait = 60s\npostscreen_greet_action = drop\n");
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000 };
        client.Connect(new IPEndPoint(IPAddress.Loopback, port));
        client.Send("EHLO early\r\n"u8);
        var replies = new StringBuilder();
        var buffer = new byte[1024];
        while (!replies.ToString().Contains("521 5.5.1 Protocol error\r\n", StringComparison.Ordinal))
        {
            var count = client.Receive(buffer);
            Assert.True(count > 0, replies.ToString());
            replies.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        system.WaitForLog("EHLO early\\r\\n");
    }

    [Fact]
    public void Reload_KeepsWhoIsBeingTested()
    {
        var port = FreePort.Take();
        using var system = Started(port, "postscreen_greet_wait = 1s\npostscreen_pipelining_enable = yes\n");
        using var client = new SmtpDialog(port);
        client.Say("HELO client.example", "250");
        Assert.Equal(0, system.Run("postfix", ["reload"]).Status);
        system.WaitForLog("reload");
        client.Say($"MAIL FROM:<{You}>", "250");
        client.Say($"RCPT TO:<{You}>", "450");
        client.Say("QUIT", "221");
        system.WaitForLog("PASS NEW");
        Deliver(port, "after the reload");
        system.WaitForLog("PASS OLD");
    }

    private static MailSystem Started(int port, string mainCf, string services = "", bool start = true)
    {
        var system = new MailSystem(
            "mynetworks = 192.0.2.0/24\n" + mainCf,
            $"""
            127.0.0.1:{port} inet n - n - 1 postscreen
            smtpd pass - - n - - smtpd
            dnsblog unix - - n - 0 dnsblog
            {services}
            """);
        if (start)
        {
            system.Start();
        }

        return system;
    }

    private static void Deliver(int port, string subject)
    {
        using var client = new SmtpDialog(port);
        client.BeginMail(You);
        client.Send($"Subject: {subject}\r\n\r\ntext\r\n.\r\n");
        client.Expect("250");
        client.Say("QUIT", "221");
    }
}
