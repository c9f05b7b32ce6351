using System.Net.Sockets;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tests.Unix;

public class ConnectFailureTests
{
    [Theory]
    [InlineData(SocketError.AddressNotAvailable, AddressFamily.Unix, "No such file or directory")]
    [InlineData(SocketError.AddressNotAvailable, AddressFamily.InterNetwork, "Cannot assign requested address")]
    [InlineData(SocketError.ConnectionRefused, AddressFamily.InterNetworkV6, "Connection refused")]
    [InlineData(SocketError.ConnectionRefused, AddressFamily.Unix, "Connection refused")]
    [InlineData(SocketError.HostNotFound, AddressFamily.Unspecified, "Name or service not known")]
    [InlineData(SocketError.TimedOut, AddressFamily.InterNetwork, "Connection timed out")]
    public void Describe_IsTheSystemsText(SocketError error, AddressFamily family, string expected) =>
        Assert.Equal(expected, ConnectFailure.Describe(new SocketException((int)error), family));

    [Fact]
    public void Describe_OfASocketFileThatIsNotThere_SaysSo()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var failure = Assert.Throws<SocketException>(() => socket.Connect(new UnixDomainSocketEndPoint(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()))));
        Assert.Equal("No such file or directory", ConnectFailure.Describe(failure));
    }
}
