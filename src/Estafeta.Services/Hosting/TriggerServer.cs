using System.Net.Sockets;

namespace Estafeta.Services.Hosting;

/// <summary>
/// A service that is only ever nudged (qmgr, pickup): clients connect, write some letters and go. Letters written at once arrive at once.
/// A client that writes nothing is let go after a while.
/// </summary>
public sealed class TriggerServer(ServiceContext context)
{
    private const int MaxLetters = 512;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task RunAsync(Action<ReadOnlyMemory<byte>> trigger, CancellationToken stopping) =>
        new SessionServer(context).RunAsync(start => ServeAsync(start, trigger), stopping);

    private async Task ServeAsync(SessionStart start, Action<ReadOnlyMemory<byte>> trigger)
    {
        var letters = new byte[MaxLetters];
        using var limit = new CancellationTokenSource(Patience, context.Time);
        try
        {
            var length = await start.Socket.ReceiveAsync(letters, limit.Token);
            if (length > 0)
            {
                trigger(letters.AsMemory(0, length));
            }
        }
        catch (OperationCanceledException)
        {
            // It had nothing to say.
        }
        catch (SocketException)
        {
            // Nor this one: it was gone before we looked.
        }
    }
}
