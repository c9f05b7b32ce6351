using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Dmarc;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Headers;
using Estafeta.Net.Dns;

namespace Estafeta.Commands.Authenticate;

/// <summary>
/// <c>estafeta authenticate</c>: what SPF, DKIM, DMARC and ARC say of a message in a file, each with its reason, whatever main.cf checks. Exit status 0 when
/// DMARC passes or there is no policy, 1 when not.
/// </summary>
public static class AuthenticateProgram
{
    /// <param name="arguments">Without the verb.</param>
    /// <param name="time">For signatures that expire.</param>
    /// <param name="streams">Null: the process's own.</param>
    /// <param name="resolver">Null: that of resolv.conf.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null, DnsResolver? resolver = null) =>
        CommandProgram.RunAsync("authenticate", async log =>
        {
            var options = AuthenticateOptions.Parse(arguments);
            var parameters = CommandProgram.Load(options.ConfigDirectory, log);
            var message = ToLineFeeds(await ReadAsync(options.File, log.Streams.Input));
            await using var own = resolver == null ? new DnsResolver(time) : null;
            var names = resolver ?? own!; // one of the two is there
            var authenticator = new MessageAuthenticator(
                AuthenticationMethods.All with { AllowsPartialBody = parameters.Get(Parameters.EstafetaDkimAllowBodyLength) },
                (name, type, token) => names.QueryAsync(name, type, token),
                parameters.Get(Parameters.Myhostname),
                PublicSuffixList.Load(parameters.Get(Parameters.EstafetaPublicSuffixList)),
                time);
            var sender = options.Sender ?? FindSender(message);
            await using var authentication = authenticator.Begin(options.Client, sender, options.Helo);
            authentication.Write(message);
            var report = await authentication.FinishAsync(CancellationToken.None);
            log.Streams.Output.Write(Encoding.UTF8.GetBytes(AuthenticationText.Write(report, options.Client) + $"\nAuthentication-Results: {report.Format(parameters.Get(Parameters.EstafetaAuthservId))}\n"));
            return report.Dmarc!.Result is DmarcResult.Pass or DmarcResult.None ? 0 : 1; // all methods are on
        }, streams);

    private static async Task<byte[]> ReadAsync(string file, Stream input)
    {
        try
        {
            if (file != "-")
            {
                return await File.ReadAllBytesAsync(file);
            }

            using var content = new MemoryStream();
            await input.CopyToAsync(content);
            return content.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"{file}: {e.Message}");
        }
    }

    // As smtpd keeps it.
    private static byte[] ToLineFeeds(byte[] message)
    {
        var length = 0;
        for (var i = 0; i < message.Length; i++)
        {
            if (message[i] != (byte)'\r' || i + 1 == message.Length || message[i + 1] != (byte)'\n')
            {
                message[length++] = message[i];
            }
        }

        return message[..length];
    }

    private static string FindSender(byte[] message)
    {
        var headers = MessageHeaders.Read(message);
        var places = headers.Find("Return-Path");
        var list = places.Count == 0 ? null : HeaderAddressList.Parse(MessageHeaders.Text(headers.Fields[places[0]]), 100);
        return list is { Count: > 0 } ? list[0] : "";
    }
}
