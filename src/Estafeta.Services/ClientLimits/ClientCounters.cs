using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;

namespace Estafeta.Services.ClientLimits;

/// <summary>
/// anvil(8) as smtpd sees it: how many connections, messages, recipients, TLS sessions and logins each client has made at all processes
/// of a service. The first connection of a client waits for anvil's answer, nothing else does. Where anvil is out of reach nothing is
/// counted, as in Postfix: limits protect the system, they do not decide about mail.
/// </summary>
public sealed class ClientCounters(string socketPath, TimeProvider time, IMailLog log) : IAsyncDisposable
{
    // A service that does not answer must not hold up mail.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly IpcPool _pool = new(socketPath, ClientCountWire.Protocol, time);
    private readonly SemaphoreSlim _connecting = new(1);
    private AnvilLink? _link;
    private long _notBefore = long.MinValue;

    /// <summary>Counts a connection. Null when anvil cannot say.</summary>
    /// <param name="client"><c>service:address</c>, as in its statistics.</param>
    public async ValueTask<ClientTally?> OpenAsync(string client, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        AnvilLink? link = null;
        try
        {
            link = await FindLinkAsync(both.Token);
            return link == null ? null : await link.OpenAsync(client, both.Token);
        }
        catch (IOException trouble)
        {
            Report(trouble.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Report("no answer in time");
            if (link != null)
            {
                await DropAsync(link);
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_link != null)
        {
            await _link.DisposeAsync();
        }

        await _pool.DisposeAsync();
        _connecting.Dispose();
    }

    private async ValueTask<AnvilLink?> FindLinkAsync(CancellationToken cancellationToken)
    {
        if (_link is { IsUp: true } up)
        {
            return up;
        }

        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (_link is { IsUp: true } made)
            {
                return made;
            }

            if (time.GetTimestamp() < Volatile.Read(ref _notBefore))
            {
                return null;
            }

            if (_link != null)
            {
                await _link.DisposeAsync();
                _link = null;
            }

            return _link = new AnvilLink(await _pool.RentAsync(cancellationToken), time);
        }
        finally
        {
            _connecting.Release();
        }
    }

    private async ValueTask DropAsync(AnvilLink link)
    {
        await _connecting.WaitAsync(CancellationToken.None);
        try
        {
            if (_link == link)
            {
                _link = null;
                await link.DisposeAsync();
            }
        }
        finally
        {
            _connecting.Release();
        }
    }

    private void Report(string trouble)
    {
        Volatile.Write(ref _notBefore, time.GetTimestamp() + (long)(RetryDelay.TotalSeconds * time.TimestampFrequency));
        log.Warning($"problem talking to service anvil: {trouble}");
    }
}
