using Estafeta.Daemons.Anvil;
using Estafeta.Services.ClientLimits;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Daemons.Anvil;

public class AnvilServiceTests
{
    private readonly ManualTime _time = new();
    private readonly MemoryMailLog _log = new();

    [Fact]
    public void Rates_BeginAnewAfterTheTimeUnit_ConnectionsDoNot()
    {
        using var anvil = Create();
        anvil.Count("smtp:192.0.2.1", ClientEvent.Connection);
        anvil.Count("smtp:192.0.2.1", ClientEvent.Message);
        _time.AdvanceSeconds(60);
        Assert.Equal((2, 2), Connect(anvil));
        _time.AdvanceSeconds(1);
        var totals = anvil.Count("smtp:192.0.2.1", ClientEvent.Recipient);
        Assert.Equal(new ClientTotals(2, 0, 0, 1, 0, 0, TimeSpan.FromSeconds(60)), totals);
    }

    [Fact]
    public void Statistics_AreThoseOfPostfix_AndBeginAnew()
    {
        using var anvil = Create();
        Connect(anvil);
        Connect(anvil);
        anvil.Close("smtp:192.0.2.1");
        anvil.Count("smtp:192.0.2.9", ClientEvent.Message);
        anvil.Count("smtp:192.0.2.1", ClientEvent.Recipient);
        anvil.Count("smtp:192.0.2.1", ClientEvent.NewTlsSession);
        anvil.Count("smtp:192.0.2.1", ClientEvent.Authentication);
        _time.AdvanceSeconds(600);
        Assert.Equal(
            [
                "statistics: max connection rate 2/60s for (smtp:192.0.2.1) at Jan  2 03:04:05",
                "statistics: max connection count 2 for (smtp:192.0.2.1) at Jan  2 03:04:05",
                "statistics: max message rate 1/60s for (smtp:192.0.2.9) at Jan  2 03:04:05",
                "statistics: max recipient rate 1/60s for (smtp:192.0.2.1) at Jan  2 03:04:05",
                "statistics: max newtls rate 1/60s for (smtp:192.0.2.1) at Jan  2 03:04:05",
                "statistics: max auth rate 1/60s for (smtp:192.0.2.1) at Jan  2 03:04:05",
                "statistics: max cache size 2 at Jan  2 03:04:05",
            ],
            _log.Lines);
        _time.AdvanceSeconds(600);
        Assert.Equal(7, _log.Lines.Count);
    }

    [Fact]
    public void IdleClients_AreForgotten()
    {
        using var anvil = Create();
        Connect(anvil);
        anvil.Close("smtp:192.0.2.1");
        _time.AdvanceSeconds(600); // reports
        anvil.Count("smtp:192.0.2.2", ClientEvent.Connection);
        anvil.Report();
        Assert.EndsWith("max cache size 1 at Jan  2 03:14:05", _log.Lines[^1], StringComparison.Ordinal);
    }

    private (int Connections, int Rate) Connect(AnvilService anvil)
    {
        var totals = anvil.Count("smtp:192.0.2.1", ClientEvent.Connection);
        return (totals.Connections, totals.ConnectionRate);
    }

    private AnvilService Create() => new(new AnvilSettings(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(600)), _log, _time);
}
