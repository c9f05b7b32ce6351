using Estafeta.Net.Tls.Server;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Daemons.Smtpd.Tls;

/// <summary>
/// Brings tlsmgr's ticket keys, so that a session of one process can be resumed in another. Keys come ahead of their time: asking every minute
/// is often enough. Without tlsmgr tickets are good in this process only.
/// </summary>
internal sealed class TicketRenewal(TicketKeys keys, ITlsManager manager, IMailLog log, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private bool _isComplained;

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await RenewAsync(stopping);
            }
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Sessions in hand end with the keys there are.
        }
    }

    private async ValueTask RenewAsync(CancellationToken stopping)
    {
        try
        {
            keys.Replace(await manager.GetTicketKeysAsync(stopping));
            _isComplained = false;
        }
        catch (IOException e)
        {
            if (!_isComplained)
            {
                log.Warning($"no TLS session ticket keys from tlsmgr: {e.Message}");
            }

            _isComplained = true;
        }
    }
}
