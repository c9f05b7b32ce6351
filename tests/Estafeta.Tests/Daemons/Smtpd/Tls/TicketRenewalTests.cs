using Estafeta.Daemons.Smtpd.Tls;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd.Tls;

/// <summary>Ticket keys from tlsmgr: there before the first session is encrypted, the same in all processes of a service.</summary>
public sealed class TicketRenewalTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly FakeTlsManager _manager = new() { Keys = [TicketKey.Generate(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(2))] };

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("TLSv1.2")]
    [InlineData("TLSv1.3")]
    public async Task SessionOfOneProcess_IsResumedInAnother(string protocol)
    {
        using var context = TlsContext.Create(new TlsContextOptions { IsServer = false, Protocols = TlsProtocols.Parse("test", protocol) });
        await using var one = Server();
        await using var other = Server();
        var (isResumed, next) = await TalkAsync(one, context, null);
        Assert.False(isResumed);
        Assert.True((await TalkAsync(other, context, next)).IsResumed);
    }

    [Fact]
    public async Task FirstSession_WaitsForTheKeys()
    {
        using var stopping = new CancellationTokenSource();
        var (keys, arrived) = (new TicketKeys(TimeProvider.System), new TaskCompletionSource());
        _manager.KeysReady = arrived.Task;
        var renewal = new TicketRenewal(keys, _manager, new MemoryMailLog(), new ManualTime());
        var running = renewal.RunAsync(stopping.Token);
        var waiting = renewal.WaitForKeysAsync(stopping.Token).AsTask();
        Assert.False(waiting.IsCompleted);
        arrived.SetResult();
        await waiting;
        Assert.Equal(_manager.Keys[0], keys.Sealing);
        await stopping.CancelAsync();
        await running;
    }

    [Fact]
    public async Task TlsmgrThatDoesNotAnswer_KeepsNobodyFromTls()
    {
        using var context = TlsContext.Create(new TlsContextOptions { IsServer = false });
        _manager.KeysReady = new TaskCompletionSource().Task;
        await using var server = Server(new ImpatientTime());
        var (isResumed, next) = await TalkAsync(server, context, null);
        Assert.False(isResumed);
        Assert.True((await TalkAsync(server, context, next)).IsResumed);
        Assert.Equal(
            "warning: no TLS session ticket keys from tlsmgr: no answer yet",
            Assert.Single(await server.StopAsync(), line => line.Contains("tlsmgr", StringComparison.Ordinal)));
    }

    private SmtpdFixture Server(TimeProvider? time = null) => new(
        $"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n", time, partners: given => given with { TlsManager = _manager });

    private static async Task<(bool IsResumed, TlsResumption? Next)> TalkAsync(SmtpdFixture server, TlsContext context, TlsResumption? resumption)
    {
        using var client = await server.ConnectAsync();
        Assert.Equal("220 2.0.0 Ready to start TLS", await client.CommandAsync("STARTTLS"));
        var tls = await client.EncryptAsync(context, resumption);
        await client.CommandAsync("EHLO client.test"); // a ticket of TLS 1.3 comes with the reply
        return (tls.Negotiated.IsResumed, tls.TakeResumption());
    }

    /// <summary>Waiting for tlsmgr takes no time.</summary>
    private sealed class ImpatientTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime == TicketRenewal.Patience ? TimeSpan.Zero : dueTime, period);
    }
}
