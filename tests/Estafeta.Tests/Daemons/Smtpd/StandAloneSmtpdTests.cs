using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd.StandAlone;
using Estafeta.Services.Logging;
using Estafeta.Unix.Sockets;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>The SMTP server of <c>sendmail -bs</c> up to the message; with one, through postdrop: Interop.</summary>
public sealed class StandAloneSmtpdTests
{
    [Fact]
    public async Task Client_IsNotRestricted()
    {
        var parameters = ParameterSet.Parse(SmtpdFixture.Basics + "\nsmtpd_relay_restrictions = reject\nsmtpd_client_restrictions = reject\nsmtpd_data_restrictions = reject\nsmtpd_forbid_unauth_pipelining = no\n");
        var (near, far) = SocketPair.CreateStream();
        using var client = new NetworkStream(near, ownsSocket: true);
        await using var server = new NetworkStream(far, ownsSocket: true);
        var log = new MemoryMailLog();
        var serving = StandAloneSmtpd.RunAsync(parameters, server, log, TimeProvider.System);
        await client.WriteAsync("EHLO h\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@elsewhere.example>\r\nRSET\r\nQUIT\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await serving;
        near.Shutdown(SocketShutdown.Send);
        await server.DisposeAsync();
        var replies = (await new StreamReader(client, Encoding.ASCII).ReadToEndAsync(TestContext.Current.CancellationToken)).Split("\r\n");

        Assert.Equal("220 mail.example.com ESMTP Postfix", replies[0]);
        Assert.Equal(["250 2.1.0 Ok", "250 2.1.5 Ok", "250 2.0.0 Ok", "221 2.0.0 Bye", ""], replies[^5..]);
        Assert.Empty(log.Lines);
    }
}
