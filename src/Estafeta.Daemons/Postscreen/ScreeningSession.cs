using Estafeta.Daemons.Postscreen.Access;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Daemons.Postscreen.Early;
using Estafeta.Daemons.Postscreen.Protocol;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Postscreen;

/// <summary>
/// One client, from CONNECT to the server that it is handed to, or to its end here: the lists, what is remembered, the tests before the
/// greeting, the tests after it.
/// </summary>
internal sealed class ScreeningSession(PostscreenService service, SessionStart start)
{
    private bool _isInTests = true;

    private IMailLog Log => service.Log;

    public async Task RunAsync()
    {
        if (ConnectionEnds.Of(start.Socket) is not { } connected)
        {
            return; // gone before it was looked at
        }

        start.Socket.NoDelay = true;
        if (service.UpstreamProxy is { } proxy)
        {
            if (await proxy.IdentifyAsync(start.Socket, connected, start.Closing) is not { } named)
            {
                SocketStream.TrySend(start.Socket, "421 4.3.2 No system resources\r\n"u8);
                return;
            }

            connected = named;
        }

        Log.Info($"CONNECT from {ScreenedClient.NameOf(connected.Client)} to {(connected.Server == null ? "unknown" : ScreenedClient.NameOf(connected.Server))}");
        var address = ConnectionEnds.Plain(connected.Client.Address);
        var connections = service.Occupancy.Enter(address);
        var client = new ScreenedClient(start.Socket, connected, service.Occupancy.IsStressed ? service.Stressed : service.Plain);
        try
        {
            await ScreenAsync(client, connections);
        }
        finally
        {
            start.Socket.Dispose();
            EndTests();
            service.Occupancy.Leave(address);
            await client.AllListsAnswered;
        }
    }

    private async ValueTask ScreenAsync(ScreenedClient client, int connections)
    {
        if (await RefuseAsync(client, connections) || await FindListedAsync(client))
        {
            return;
        }

        if (!client.HasFailed && client.Outstanding == ScreeningTests.None)
        {
            // Where no test is enabled there is nothing to pass.
            await (client.IsRemembered ? AdmitAsync(client) : HandOverAsync(client));
            return;
        }

        if (service.Occupancy.Screened >= client.Settings.PreQueueLimit)
        {
            Log.Info($"reject: connect from {client.Name}: all screening ports busy");
            await DisconnectAsync(client, "421 4.3.2 All screening ports are busy");
            return;
        }

        if (!await service.Interfaces.AllowsAsync(client.Ends.Server is { } server ? ConnectionEnds.Plain(server.Address) : null, start.Closing))
        {
            client.IsVetoed = true;
            Log.Info($"{client.Settings.Words.AllowlistVeto} {client.Name}");
        }

        if ((client.Outstanding & ScreeningTests.Early) != 0 && !await new EarlyTests(service, client).RunAsync(start.Closing))
        {
            await DisconnectAsync(client, null);
            return;
        }

        client.ScreenAll();
        if (client.IsAdmitted)
        {
            await AdmitAsync(client);
        }
        else
        {
            await ConverseAsync(client, null);
        }
    }

    private async ValueTask<bool> RefuseAsync(ScreenedClient client, int connections)
    {
        var limit = client.Settings.ConnectionLimit;
        if (limit > 0 && connections > limit)
        {
            Log.Info($"NOQUEUE: reject: CONNECT from {client.Name}: too many connections");
            await DisconnectAsync(client, "421 4.7.0 Error: too many connections");
            return true;
        }

        if (service.Occupancy.Waiting >= client.Settings.PostQueueLimit)
        {
            Log.Info($"NOQUEUE: reject: CONNECT from {client.Name}: all server ports busy");
            await DisconnectAsync(client, "421 4.3.2 All server ports are busy");
            return true;
        }

        return false;
    }

    // True when the access list settles it. Else the client has what is remembered of it.
    private async ValueTask<bool> FindListedAsync(ScreenedClient client)
    {
        switch (await service.AccessList.FindAsync(client.Address, start.Closing))
        {
            case AccessVerdict.Permit:
                Log.Info($"{client.Settings.Words.Allowlisted} {client.Name}");
                await HandOverAsync(client);
                return true;
            case AccessVerdict.Reject:
                Log.Info($"{client.Settings.Words.Denylisted} {client.Name}");
                if (client.Settings.DenylistAction == ScreeningAction.Drop)
                {
                    await DisconnectAsync(client, "521 5.3.2 Service currently unavailable");
                    return true;
                }

                if (client.Settings.DenylistAction == ScreeningAction.Enforce)
                {
                    client.Refuse("550 5.3.2 Service currently unavailable");
                }

                break;
            default:
                break;
        }

        client.Recall(client.HasFailed || service.Cache == null ? null : await service.Cache.FindAsync(client.Address, start.Closing), service.Now);
        return false;
    }

    private async ValueTask AdmitAsync(ScreenedClient client)
    {
        await RememberAsync(client);
        await HandOverAsync(client);
    }

    private async ValueTask HandOverAsync(ScreenedClient client)
    {
        EndTests();
        service.Occupancy.BeginWaiting();
        string? problem;
        bool isPassed;
        try
        {
            (isPassed, problem) = await service.Passer.PassAsync(client.Socket, client.Ends);
        }
        finally
        {
            service.Occupancy.EndWaiting();
        }

        if (problem != null)
        {
            Log.Warning(problem);
        }

        if (!isPassed)
        {
            await ConverseAsync(client, "421 4.3.2 No system resources");
        }
    }

    private async ValueTask ConverseAsync(ScreenedClient client, string? finalReply)
    {
        var deadline = service.Deadlines.Create();
        var wire = new ClientWire(new SocketStream(client.Socket, ownsSocket: false), client.Socket, deadline, client.Settings.Wire);
        try
        {
            using var closing = start.Closing.UnsafeRegister(static d => ((Deadline)d!).Close(), deadline); // ends before the deadline does
            await new ProtocolSession(service, client, wire) { FinalReply = finalReply }.RunAsync(deadline.Token);
            await RememberAsync(client);
            Log.Info($"DISCONNECT {client.Name}");
        }
        finally
        {
            await wire.DisposeAsync();
            service.Deadlines.Remove(deadline);
        }
    }

    // Results of a client that failed somewhere are not worth remembering: it shall do all tests again.
    private async ValueTask RememberAsync(ScreenedClient client)
    {
        if (client.HasPassed)
        {
            Log.Info($"PASS {(client.IsNew ? "NEW" : "OLD")} {client.Name}");
            client.IsNew = false;
        }

        if (client.TakeNewResults() && service.Cache is { } cache)
        {
            await cache.StoreAsync(client.Address, client.Results.Format(client.Settings.Enabled));
        }
    }

    private async ValueTask DisconnectAsync(ScreenedClient client, string? reply)
    {
        if (reply != null)
        {
            await service.Replies.SayLastAsync(reply, client, start.Closing);
        }

        Log.Info($"DISCONNECT {client.Name}");
    }

    private void EndTests()
    {
        if (_isInTests)
        {
            _isInTests = false;
            service.Occupancy.EndTests();
        }
    }
}
