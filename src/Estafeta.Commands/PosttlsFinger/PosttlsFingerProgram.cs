using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtp;
using Estafeta.Net.Dns;
using Estafeta.Net.Tls;
using Estafeta.Services.Logging;

namespace Estafeta.Commands.PosttlsFinger;

/// <summary>posttls-finger(1): what TLS at a server is like, seen with the SMTP client's eyes. Writes everything but the usage to standard output.</summary>
public static class PosttlsFingerProgram
{
    public const string Name = "posttls-finger";

    /// <param name="arguments">Without the command's name.</param>
    /// <param name="time">For delays and time limits.</param>
    /// <param name="streams">Null: the process's own.</param>
    /// <param name="resolver">Null: that of resolv.conf.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null, DnsResolver? resolver = null)
    {
        streams ??= CommandStreams.Standard();
        var log = new StandardErrorLog(Name, streams.Output);
        try
        {
            var command = FingerArguments.Parse(arguments, out var complaint);
            if (command == null)
            {
                streams.Error.Write(Encoding.UTF8.GetBytes((complaint == null ? "" : $"{Name}: {complaint}\n") + FingerArguments.Usage));
                return 1;
            }

            return await RunAsync(command, log, streams, time, resolver);
        }
        catch (Exception e) when (e is ConfigurationException or TlsException)
        {
            log.Write(LogSeverity.Fatal, e.Message);
            return 1;
        }
    }

    private static async Task<int> RunAsync(FingerArguments command, StandardErrorLog log, CommandStreams streams, TimeProvider time, DnsResolver? resolver)
    {
        command.Warnings.ForEach(log.Warning);
        var parameters = command.LoadParameters();
        await using var own = resolver == null ? new DnsResolver(time) { DnssecProbe = DnssecProbe.Create(parameters, log.Warning) } : null;
        await using var output = new StreamWriter(streams.Output, new UTF8Encoding(false), leaveOpen: true) { AutoFlush = true };
        using var probe = new TlsProbe(command.Options, parameters, resolver ?? own!, log, output, time); // one of the two is there
        await probe.RunAsync(CancellationToken.None);
        return 0;
    }
}
