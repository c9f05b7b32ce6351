using Estafeta.Net.Tls.Server;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Services.SmtpServer;

/// <summary>
/// Brings tlsmgr's ticket keys, so that a session of one process can be resumed in another. Keys come ahead of their time: asking every minute
/// is often enough. Without tlsmgr tickets are good in this process only.
/// </summary>
public sealed class TicketRenewal(TicketKeys keys, ITlsManager manager, IMailLog log, TimeProvider time)
{
    /// <summary>A tlsmgr that does not answer keeps nobody from TLS.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isComplained;

    /// <summary>Until the first keys are there, or will not come: a ticket sealed before is good in this process only.</summary>
    public async ValueTask WaitForKeysAsync(CancellationToken cancellationToken)
    {
        if (_asked.Task.IsCompleted)
        {
            return;
        }

        try
        {
            await _asked.Task.WaitAsync(Patience, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            if (_asked.TrySetResult())
            {
                log.Warning("no TLS session ticket keys from tlsmgr: no answer yet");
            }
        }
    }

    public async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            do
            {
                await RenewAsync(stopping);
                _asked.TrySetResult();
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
