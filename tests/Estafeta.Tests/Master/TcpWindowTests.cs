using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Master;
using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Tests.Master;

/// <summary>tcp_windowsize: connections both ways are agreed on without window scaling.</summary>
public sealed class TcpWindowTests
{
    // struct tcp_info: the seventh octet holds the scale that the other end announced, below that of this end.
    private const int TcpLevel = 6;
    private const int TcpInfo = 11;
    private const int Scales = 6;

    [Theory]
    [InlineData(0, false)]
    [InlineData(20_000, true)]
    public void Listener_ScalesNoFurther(int window, bool isLimited)
    {
        using var listener = Listener.Open(new ListenerAddress(ListenerKind.Inet, new IPEndPoint(IPAddress.Loopback, 0), ""), null, window);
        using var socket = new Socket(new SafeSocketHandle(listener.Descriptor, ownsHandle: false));
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(socket.LocalEndPoint!);
        Assert.Equal(isLimited, PeerScale(client) == 0);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("tcp_windowsize = 20000\n", true)]
    public async Task SmtpClient_ScalesNoFurther(string mainCf, bool isLimited)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        await using var harness = new SmtpAgentHarness(mainCf);
        var delivery = harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{((IPEndPoint)listener.LocalEndPoint!).Port}", "u@x.test"));
        using (var server = await listener.AcceptAsync(TestContext.Current.CancellationToken))
        {
            Assert.Equal(isLimited, PeerScale(server) == 0);
        }

        await delivery;
    }

    [Fact]
    public void Parameter_IsRead() => Assert.Equal(20_000, MasterSettings.From(ParameterSet.Parse("tcp_windowsize = 20000\nmail_owner = nobody\n")).TcpWindow);

    private static int PeerScale(Socket socket)
    {
        var info = new byte[16];
        socket.GetRawSocketOption(TcpLevel, TcpInfo, info);
        return info[Scales] & 15;
    }
}
