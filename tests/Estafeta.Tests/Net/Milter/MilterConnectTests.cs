using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Net.Milter;

namespace Estafeta.Tests.Net.Milter;

/// <summary>milter_connect_timeout, towards a milter whose system answers nothing: its queue of connections is full.</summary>
public sealed class MilterConnectTests
{
    [Theory]
    [InlineData("milter_connect_timeout = 7s", "inet:127.0.0.1:{0}")]
    [InlineData("", "{{ inet:127.0.0.1:{0}, connect_timeout=7s }}")]
    public async Task Connect_NoAnswer_IsGivenUpInTime(string mainCf, string milter)
    {
        using var full = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        full.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        full.Listen(0);
        using var first = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        first.Connect(full.LocalEndPoint!); // bound above

        var time = new ManualTime();
        var item = string.Format(null, milter, ((IPEndPoint)full.LocalEndPoint!).Port);
        var settings = Assert.Single(MilterSettings.ParseAll([item], ParameterSet.Parse(mainCf), "smtpd_milters"));
        var connecting = MilterSocketTransport.ConnectAsync(settings, time, TestContext.Current.CancellationToken).AsTask();
        time.AdvanceSeconds(6.9);
        Assert.False(connecting.IsCompleted);
        time.AdvanceSeconds(0.1);
        Assert.Equal("Connection timed out", (await Assert.ThrowsAsync<IOException>(() => connecting)).Message);
    }
}
