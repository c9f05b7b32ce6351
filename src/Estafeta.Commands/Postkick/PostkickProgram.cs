using System.Net.Sockets;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Sockets;

namespace Estafeta.Commands.Postkick;

/// <summary>postkick(1): sends a request to a service's socket: <c>postkick public qmgr A</c>.</summary>
public static class PostkickProgram
{
    public const string Name = "postkick";
    private const string UsageText = "[-c config_dir] [-v] class service request";

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        var options = new OptionReader(arguments, "c:v");
        string? directory = null;
        while (options.TryRead(out var option, out var value))
        {
            directory = option == 'c' ? value : directory;
        }

        if (options.Error != null || options.Operands is not [var @class, var service, var request])
        {
            throw CommandProgram.Usage(Name, options, UsageText);
        }

        var parameters = CommandProgram.Load(directory, log);
        try
        {
            using var patience = new CancellationTokenSource(parameters.Get(Parameters.ApplicationEventDrainTime), TimeProvider.System);
            await SendAsync(Path.Combine(parameters.Get(Parameters.QueueDirectory), @class, service), request, patience.Token);
            return 0;
        }
        catch (OperationCanceledException)
        {
            // application_event_drain_time is over: the service is too busy to hear us.
            log.Warning($"Cannot contact class {@class} service {service} - perhaps the mail system is down");
            return 1;
        }
        catch (SocketException e)
        {
            var path = Path.Combine(parameters.Get(Parameters.QueueDirectory), @class, service);
            log.Warning(File.Exists(path)
                ? $"connect to {@class}/{service}: {ConnectFailure.Describe(e)}"
                : $"unable to look up {@class}/{service}: {UnixException.Describe(Errno.ENOENT)}");
            log.Warning($"Cannot contact class {@class} service {service} - perhaps the mail system is down");
            return 1;
        }
    });

    private static async Task SendAsync(string path, string request, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(request), cancellationToken);
    }
}
