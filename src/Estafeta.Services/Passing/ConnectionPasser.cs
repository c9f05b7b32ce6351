using System.Net.Sockets;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.Passing;

/// <summary>
/// Hands connections to a service of type <c>pass</c> (<c>smtpd pass - - y - - smtpd</c>): a UNIX-domain connection for each, one message
/// with the descriptor. The service closes it when it has taken the client over.
/// </summary>
public sealed class ConnectionPasser(string socketPath, TimeProvider time)
{
    /// <summary>How long the service may take; by then the message is on its way, and may still be received.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="client">Nothing has been read from it; afterwards it is the caller's to close.</param>
    /// <param name="ends">Its ends.</param>
    public async ValueTask<PassOutcome> PassAsync(Socket client, ConnectionEnds ends)
    {
        using var service = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var limit = new CancellationTokenSource(Patience, time);
        try
        {
            await service.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), limit.Token);
            using var messages = MessageSocket.Borrow(service);
            if (!messages.Send(PassedConnection.Write(ends).Span, [(int)client.SafeHandle.DangerousGetHandle()]))
            {
                return new(false, $"cannot pass connection to service {socketPath}: the service is gone");
            }
        }
        catch (SocketException e)
        {
            return new(false, $"cannot connect to service {socketPath}: {ConnectFailure.Describe(e)}");
        }
        catch (OperationCanceledException)
        {
            return new(false, $"cannot connect to service {socketPath}: Connection timed out");
        }
        catch (Unix.UnixException e)
        {
            return new(false, $"cannot pass connection to service {socketPath}: {e.Message}");
        }

        return new(true, await IsTakenAsync(service, limit.Token) ? null : $"timeout sending connection to service {socketPath}");
    }

    private static async ValueTask<bool> IsTakenAsync(Socket service, CancellationToken cancellationToken)
    {
        try
        {
            return await service.ReceiveAsync(new byte[1], cancellationToken) == 0;
        }
        catch (SocketException)
        {
            return true; // closed, if less politely
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}

/// <param name="IsPassed">The service has the client, or will have it.</param>
/// <param name="Problem">To be logged as a warning.</param>
public readonly record struct PassOutcome(bool IsPassed, string? Problem);
