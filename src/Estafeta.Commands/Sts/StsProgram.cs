using System.Net.Sockets;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Domains;
using Estafeta.Configuration.Catalogue;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Commands.Sts;

/// <summary>
/// <c>estafeta sts query|refresh|purge DOMAIN</c>: what is known of a domain's MTA-STS policy, and making the mail system fetch or forget it.
/// "query" asks the network itself and changes nothing; the others ask tlsmgr. Exit status 1 when there is no policy.
/// </summary>
public static class StsProgram
{
    private const string Name = "sts";
    private const string UsageText = "[-c config_dir] query|refresh|purge domain";

    /// <param name="arguments">Without the verb.</param>
    /// <param name="time">For expiry.</param>
    /// <param name="streams">Null: the process's own.</param>
    /// <param name="resolver">Null: that of resolv.conf.</param>
    /// <param name="port">Of policy servers, for tests.</param>
    public static Task<int> RunAsync(
        IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null, DnsResolver? resolver = null, int port = 443) => CommandProgram.RunAsync(Name, async log =>
    {
        var options = new OptionReader(arguments, "c:v");
        string? directory = null;
        while (options.TryRead(out var option, out var value))
        {
            directory = option == 'c' ? value : directory;
        }

        if (options.Error != null || options.Operands is not [var verb and ("query" or "refresh" or "purge"), var text])
        {
            throw CommandProgram.Usage("estafeta sts", options, UsageText);
        }

        var domain = ToDomain(text);
        var parameters = CommandProgram.Load(directory, log);
        await using var output = new StreamWriter(log.Streams.Output, new UTF8Encoding(false), leaveOpen: true);
        if (verb != "query")
        {
            return await TellAsync(parameters, verb, domain, output, time);
        }

        await using var own = resolver == null ? new DnsResolver(time) : null;
        return await new StsQuery(parameters, resolver ?? own!, time, port).RunAsync(domain, output); // one of the two is there
    }, streams);

    private static string ToDomain(string text)
    {
        var domain = InternationalDomain.ToAscii(text)?.TrimEnd('.').ToLowerInvariant();
        return domain != null && DnsName.IsHostName(domain) ? domain : throw new CommandException($"not a domain name: {text}");
    }

    private static async Task<int> TellAsync(ParameterSet parameters, string verb, string domain, TextWriter output, TimeProvider time)
    {
        var socket = Path.Combine(parameters.Get(Parameters.QueueDirectory), "private", parameters.Get(Parameters.TlsmgrServiceName));
        await using var manager = new RemoteTlsManager(socket, time);
        try
        {
            if (verb == "purge")
            {
                var existed = await manager.PurgePolicyAsync(domain, CancellationToken.None);
                await output.WriteLineAsync(existed ? $"{domain}: forgotten" : $"{domain}: no policy was kept");
                return existed ? 0 : 1;
            }

            var found = await manager.RefreshPolicyAsync(domain, CancellationToken.None);
            await output.WriteLineAsync($"{domain}: {StsQuery.Describe(found)}");
            return found.Policy != null ? 0 : 1;
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new CommandException($"{e.Message} - perhaps the mail system is down");
        }
    }
}
