using System.Net.Sockets;
using Estafeta.Services.ExternalCommands;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Polling;
using Estafeta.Unix.Processes;

namespace Estafeta.Daemons.Spawn;

/// <summary>
/// spawn(8): gives each connection of a service to a command of its own, as its standard input, output and error; policy services and
/// content filters are run like that. The process limit of the master.cf entry is the number of commands at once, and
/// <c>transport_time_limit</c> the time each has.
/// </summary>
public sealed class SpawnDaemon : IDaemon
{
    private readonly ExternalCommand _command;
    private readonly IMailLog _log;
    private readonly TimeProvider _time;

    public SpawnDaemon(ServiceContext context)
    {
        _command = SpawnSettings.Parse(context.ServiceName, context.Arguments, context.Parameters);
        _log = context.Log;
        _time = context.Time;
    }

    public Task RunAsync(ServiceContext context, CancellationToken stopping) =>
        new SessionServer(context).RunAsync(start => ServeAsync(start.Socket), stopping);

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await CommandThread.RunAsync(_command.Identity, () => Run(socket));
        }
        catch (CommandIdentityException e)
        {
            _log.Error(e.Message);
        }
    }

    private bool Run(Socket socket)
    {
        // The command expects reads that wait.
        socket.Blocking = true;
        var descriptor = (int)socket.Handle;
        ChildProcess child;
        try
        {
            child = CommandProcess.Start(_command, [descriptor, descriptor, descriptor]);
        }
        catch (UnixException e)
        {
            _log.Write(LogSeverity.Fatal, $"spawn_comand: execvp {_command.Arguments[0]}: {UnixException.Describe(e.Errno)}");
            _log.Warning($"command {_command.Arguments[0]} exit status 1");
            return false;
        }

        using (child)
        {
            // From here on the connection is the command's: it ends when the command closes it.
            socket.Close();
            var status = Wait(child);
            if (!status.IsSuccess)
            {
                _log.Warning($"command {_command.Arguments[0]} {status}");
            }
        }

        return true;
    }

    private ExitStatus Wait(ChildProcess child)
    {
        var start = _time.GetTimestamp();
        ExitStatus status;
        while (!child.TryReap(out status))
        {
            var left = _command.TimeLimit - _time.GetElapsedTime(start);
            if (left <= TimeSpan.Zero)
            {
                _log.Warning($"{_command.Arguments[0]}: process id {child.Pid}: command time limit exceeded");
                CommandProcess.Kill(child);
                child.Wait();
                return default; // said already
            }

            Span<PollEntry> entries = [PollEntry.Readable((int)child.Descriptor.DangerousGetHandle())];
            Poller.Wait(entries, left);
        }

        return status;
    }
}
