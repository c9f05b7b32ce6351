using System.Net;
using System.Text;
using Estafeta.Services.Passing;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>The message beside a descriptor: there and back, and no part of it is taken for the whole.</summary>
public class PassedConnectionTests
{
    [Theory]
    [InlineData("192.0.2.1:25", "198.51.100.2:2525")]
    [InlineData("[2001:db8::1]:65535", "[::1]:25")]
    [InlineData("192.0.2.1:25", null)]
    public void Message_GoesThereAndBack(string client, string? server)
    {
        var ends = new ConnectionEnds(IPEndPoint.Parse(client), server == null ? null : IPEndPoint.Parse(server));
        var message = PassedConnection.Write(ends);
        Assert.Equal(ends, PassedConnection.Read(message.Span));
        Assert.True(message.Length <= PassedConnection.MaxOctets);
        for (var length = 0; length < message.Length; length++)
        {
            Assert.Null(PassedConnection.Read(message.Span[..length]));
        }
    }

    [Theory]
    [InlineData("client_address\0nonsense\0client_port\025\0\0")]
    [InlineData("client_address\01.2.3.4\0client_port\065536\0\0")]
    [InlineData("client_address\01.2.3.4\0\0")]
    [InlineData("\0\0")]
    public void Rubbish_IsNoMessage(string message) => Assert.Null(PassedConnection.Read(Encoding.ASCII.GetBytes(message)));
}
