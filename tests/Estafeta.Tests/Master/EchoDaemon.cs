using System.Text;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Identity;

namespace Estafeta.Tests.Master;

/// <summary>
/// A whole daemon of ours, hosted as the real ones are: answers each line with its pid, user, and the parameter myhostname; says
/// <c>bye</c> when the system stops; dies when told <c>crash</c>.
/// </summary>
internal sealed class EchoDaemon : IDaemon
{
    internal static int Run(string[] arguments) =>
        DaemonProcess.RunAsync(new DaemonProgram("echo", static _ => new EchoDaemon()), arguments, TimeProvider.System).GetAwaiter().GetResult();

    public Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        var host = context.Parameters.Get(Parameters.Myhostname);
        return new SessionServer(context).RunAsync(start => ServeAsync(start, host), stopping);
    }

    private static async Task ServeAsync(SessionStart start, string host)
    {
        var buffer = new byte[1000];
        while (true)
        {
            int length;
            try
            {
                length = await start.Socket.ReceiveAsync(buffer, start.Closing);
            }
            catch (OperationCanceledException)
            {
                await start.Socket.SendAsync("bye\n"u8.ToArray(), CancellationToken.None);
                return;
            }

            if (length == 0)
            {
                return;
            }

            if (buffer.AsSpan(0, length).StartsWith("crash"u8))
            {
                Environment.FailFast("told to");
            }

            var answer = $"{Environment.ProcessId} {Privileges.EffectiveUid} {host} {(start.IsStressed ? "stress" : "calm")}\n";
            await start.Socket.SendAsync(Encoding.ASCII.GetBytes(answer), CancellationToken.None);
        }
    }
}
