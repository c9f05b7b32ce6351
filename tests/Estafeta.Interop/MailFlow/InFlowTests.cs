using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Estafeta.TestSystem;

namespace Estafeta.Interop.MailFlow;

/// <summary>in_flow_delay: with no room in the active queue and mail in incoming, new mail comes in, but later.</summary>
public sealed class InFlowTests
{
    [Fact]
    public void NoRoomInTheActiveQueue_NewMailTakesTheDelay()
    {
        // Takes the connection and never says a word.
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var system = new MailSystem(new MailSystemOptions
        {
            SinkPort = ((IPEndPoint)silent.LocalEndpoint).Port,
            MainCf = "qmgr_message_active_limit = 1\nin_flow_delay = 2s",
        });
        system.Start();
        Send(system);
        system.WaitForLog("(queue active)");
        Send(system);

        var clock = Stopwatch.StartNew();
        Send(system);
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(1.9), TimeSpan.MaxValue);
    }

    private static void Send(MailSystem system)
    {
        using var client = system.Connect();
        client.BeginMail("you@elsewhere.test");
        client.Send("Subject: x\r\n\r\ntext\r\n.\r\n");
        client.Expect("250");
    }
}
