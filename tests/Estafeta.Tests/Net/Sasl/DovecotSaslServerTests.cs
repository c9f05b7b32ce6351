using Estafeta.Configuration.Interfaces;
using Estafeta.Net.Sasl.Server;

namespace Estafeta.Tests.Net.Sasl;

/// <summary>The clock stands still: how long Dovecot may take must not decide a test.</summary>
public class DovecotSaslServerTests
{
    private static readonly SaslSession Session = new() { ServerAddress = "192.0.2.1", ClientAddress = "192.0.2.9", ClientPort = 4711, IsEncrypted = true };

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(1)]
    public async Task Plain_Accepted_GivesDovecotsUserName(int chunk)
    {
        await using var dovecot = new FakeDovecot(line => $"OK\t{line.Split('\t')[1]}\tuser=ana@example.test", chunk: chunk);
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("PLAIN", Session);
        var step = await exchange.StartAsync("AGFuYQBw", TestContext.Current.CancellationToken);
        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, "ana@example.test"), step);
        Assert.Equal("AUTH\t1\tPLAIN\tservice=smtp\tnologin\tlip=192.0.2.1\trip=192.0.2.9\trport=4711\tsecured\tresp=AGFuYQBw", dovecot.Lines.Single());
    }

    [Fact]
    public async Task Mechanisms_ComeWithTheirProperties()
    {
        await using var dovecot = new FakeDovecot(_ => null);
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        var mechanisms = await server.GetMechanismsAsync(TestContext.Current.CancellationToken);
        Assert.Equal([new("PLAIN", SaslProperties.Plaintext), new("CRAM-MD5", SaslProperties.Dictionary | SaslProperties.Active)], mechanisms);
        var options = SaslSecurityOptions.Parse("smtpd_sasl_security_options", "noanonymous, noplaintext");
        Assert.Equal([false, true], mechanisms.Select(options.Allows));
    }

    [Fact]
    public async Task Challenge_IsPassedOnBothWays()
    {
        await using var dovecot = new FakeDovecot(line => line.StartsWith("AUTH", StringComparison.Ordinal)
            ? $"CONT\t{line.Split('\t')[1]}\tPGNoYWxsZW5nZT4="
            : $"FAIL\t{line.Split('\t')[1]}\tuser=ana\treason=no luck");
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("CRAM-MD5", Session);
        Assert.Equal(new SaslStep(SaslOutcome.Continue, "PGNoYWxsZW5nZT4="), await exchange.StartAsync(null, TestContext.Current.CancellationToken));
        Assert.Equal(new SaslStep(SaslOutcome.Failed, "no luck", "ana"), await exchange.ContinueAsync("YQ==", TestContext.Current.CancellationToken));
        Assert.Equal("CONT\t1\tYQ==", dovecot.Lines[^1]);
    }

    [Fact]
    public async Task ChannelBinding_IsToldWhenDovecotAsks()
    {
        // As Dovecot 2.4.1 does it.
        await using var dovecot = new FakeDovecot(
            line => line.StartsWith("AUTH", StringComparison.Ordinal) ? "CONT\t1\tcj0x\tchannel_binding=tls-exporter"
                : line.Contains("channel_binding", StringComparison.Ordinal) ? "CONT\t1\tdj0y" : "OK\t1\tuser=joe",
            "VERSION\t1\t3\nMECH\tSCRAM-SHA-256-PLUS\tmutual-auth\tchannel-binding\nSPID\t1\nCUID\t1\nCOOKIE\tabc\nDONE\n");
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        var mechanism = Assert.Single(await server.GetMechanismsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(SaslProperties.MutualAuthentication | SaslProperties.ChannelBinding, mechanism.Properties);
        await using var exchange = server.Begin(mechanism.Name, Session with { ChannelBinding = [1, 2, 3] });
        Assert.Equal(new SaslStep(SaslOutcome.Continue, "cj0x"), await exchange.StartAsync("cD0=", TestContext.Current.CancellationToken));
        Assert.Equal(new SaslStep(SaslOutcome.Continue, "dj0y"), await exchange.ContinueAsync("Yz0=", TestContext.Current.CancellationToken));
        Assert.Equal(new SaslStep(SaslOutcome.Succeeded, "joe"), await exchange.ContinueAsync("", TestContext.Current.CancellationToken));
        Assert.Equal(["CONT\t1\tYz0=\tchannel_binding=AQID", "CONT\t1\t"], dovecot.Lines[1..]);
    }

    [Fact]
    public async Task ChannelBinding_ThatTheSessionHasNot_IsRefused()
    {
        await using var dovecot = new FakeDovecot(_ => "CONT\t1\tcj0x\tchannel_binding=tls-unique");
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("SCRAM-SHA-256-PLUS", Session with { ChannelBinding = [1] });
        Assert.Equal(SaslOutcome.Failed, (await exchange.StartAsync("cD0=", TestContext.Current.CancellationToken)).Outcome);
    }

    [Theory]
    [InlineData("FAIL\t{0}\ttemp")]
    [InlineData("FAIL\t{0}\tcode=temp_fail")]
    [InlineData("OK\t{0}")]
    [InlineData("OK\t{0}\tuser=")]
    [InlineData("OK\t{0}\tnologin\tUSER=ana")]
    [InlineData("CONT\t{0}")]
    public async Task Trouble_IsNeverARefusal(string reply)
    {
        await using var dovecot = new FakeDovecot(line => string.Format(null, reply, line.Split('\t')[1]));
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("PLAIN", Session);
        Assert.Equal(SaslOutcome.TemporaryFailure, (await exchange.StartAsync("", TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact]
    public async Task ConnectionLost_IsMadeAgainOnce()
    {
        var answers = 0;
        await using var dovecot = new FakeDovecot(line => ++answers == 1 ? null : $"OK\t{line.Split('\t')[1]}\tuser=ana");
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("PLAIN", Session);
        Assert.Equal(SaslOutcome.Succeeded, (await exchange.StartAsync("AA==", TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal(2, dovecot.Connections);
    }

    [Fact]
    public async Task ConnectionLostTwice_IsTrouble()
    {
        await using var dovecot = new FakeDovecot(_ => null);
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("PLAIN", Session);
        await Assert.ThrowsAsync<IOException>(async () => await exchange.StartAsync("AA==", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("AA\tresp=x")]
    [InlineData("AA\nAUTH\t2")]
    public async Task Response_ThatIsNotBase64_NeverReachesDovecot(string response)
    {
        await using var dovecot = new FakeDovecot(_ => null);
        await using var server = new DovecotSaslServer(dovecot.Path, TcpServices.OfSystem, new ManualTime());
        await using var exchange = server.Begin("PLAIN", Session);
        Assert.Equal(SaslOutcome.Failed, (await exchange.StartAsync(response, TestContext.Current.CancellationToken)).Outcome);
        Assert.Empty(dovecot.Lines);
    }

    [Fact]
    public async Task Missing_Socket_IsTrouble()
    {
        await using var server = new DovecotSaslServer("/nonexistent/auth", TcpServices.OfSystem, new ManualTime());
        await Assert.ThrowsAsync<IOException>(async () => await server.GetMechanismsAsync(TestContext.Current.CancellationToken));
    }
}
