using System.Net.Sockets;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.QueueAccess;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Validation;
using Estafeta.Queue.Administration;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Attributes;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Sockets;

namespace Estafeta.Commands.Postqueue;

/// <summary>postqueue(1): the listing, and what any user may ask for: another delivery attempt. Runs set-gid postdrop.</summary>
public static class PostqueueProgram
{
    public const string Name = "postqueue";
    private const int Unavailable = 69;
    private const int NoPermission = 77;

    private const string UsageText = "-f | postqueue -i queueid | postqueue -j | postqueue -p | postqueue -s site";

    private enum Mode
    {
        None,
        Text,
        Json,
        Flush,
        FlushMessage,
        FlushSite,
    }

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        var (mode, argument, directory) = ReadOptions(arguments);
        var parameters = CommandProgram.Load(directory, log);
        switch (mode)
        {
            case Mode.Text or Mode.Json:
                await RequireAsync(parameters, Parameters.AuthorizedMailqUsers, "view");
                return await ListAsync(parameters, mode == Mode.Json, log);
            case Mode.Flush:
                await RequireAsync(parameters, Parameters.AuthorizedFlushUsers, "flush");
                await TriggerAsync(parameters);
                return 0;
            case Mode.FlushMessage:
                await RequireAsync(parameters, Parameters.AuthorizedFlushUsers, "flush");
                if (!QueueId.TryParse(argument, out _))
                {
                    Check(FlushStatus.BadRequest, "send_file", argument);
                }

                await FlushAsync(parameters, log, ("request", "send_file"), ("queue_id", argument), argument);
                return 0;
            default:
                await RequireAsync(parameters, Parameters.AuthorizedFlushUsers, "flush");
                await CheckSiteAsync(parameters, argument);
                await FlushAsync(parameters, log, ("request", "send_site"), ("site", argument), argument);
                if (Compatibility.HasOldDefault(parameters, Parameters.RelayDomains))
                {
                    log.Info($"using backwards-compatible default setting relay_domains=$mydestination to flush mail for domain \"{argument}\"");
                }

                return 0;
        }
    }, fatalExitCode: Unavailable);

    private static (Mode Mode, string Argument, string? Directory) ReadOptions(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(arguments, "c:fi:jps:v");
        var (mode, argument, directory) = (Mode.None, "", (string?)null);
        while (options.TryRead(out var option, out var value))
        {
            if (option is 'c')
            {
                directory = value;
                continue;
            }

            if (option is 'v')
            {
                continue;
            }

            if (mode != Mode.None)
            {
                throw Usage(options);
            }

            argument = value;
            mode = option switch
            {
                'f' => Mode.Flush,
                'i' => Mode.FlushMessage,
                'j' => Mode.Json,
                'p' => Mode.Text,
                _ => Mode.FlushSite,
            };
        }

        return options.Error == null && options.Operands.Count == 0 && mode != Mode.None ? (mode, argument, directory) : throw Usage(options);
    }

    private static CommandException Usage(OptionReader options) => CommandProgram.Usage(Name, options, UsageText, Unavailable);

    private static async Task RequireAsync(ParameterSet parameters, StringParameter parameter, string verb)
    {
        var uid = Privileges.RealUid;
        var user = Accounts.FindUser(uid)?.Name ?? "unknown";
        if (uid == 0 || user == parameters.Get(Parameters.MailOwner))
        {
            return;
        }

        await using var tables = new TableSet(parameters);
        var match = await DomainList.Open(parameter, tables).MatchAsync(user, CancellationToken.None);
        if (!match.IsFound)
        {
            throw new CommandException($"User {user}({uid}) is not allowed to {verb} the mail queue", NoPermission);
        }
    }

    private static async Task<int> ListAsync(ParameterSet parameters, bool isJson, CommandLog log)
    {
        await using var output = new StreamWriter(log.Streams.Output, new UTF8Encoding(false), 16 * 1024);
        output.NewLine = "\n";
        var text = new QueueText(output, parameters.Get(Parameters.EnableLongQueueIds));
        var json = new QueueJson(output);
        var isFirst = true;
        await foreach (var message in QueueListingSource.OpenAsync(parameters, log, isDownWorthAWarning: true))
        {
            if (isJson)
            {
                json.Write(message);
            }
            else
            {
                text.Write(message);
            }

            if (isFirst)
            {
                // Somebody watches: show the first at once.
                await output.FlushAsync();
                isFirst = false;
            }
        }

        if (!isJson)
        {
            text.End();
        }

        return 0;
    }

    // F: forget dead destinations; A: whatever the time; D: look at the deferred queue (qmgr(8)).
    private static async Task TriggerAsync(ParameterSet parameters)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(Public(parameters, parameters.Get(Parameters.QueueServiceName)));
            await socket.SendAsync("FAD"u8.ToArray());
        }
        catch (SocketException)
        {
            throw new CommandException("Cannot flush mail queue - mail system is down", Unavailable);
        }
    }

    private static async Task FlushAsync(
        ParameterSet parameters, CommandLog log, (string Name, string Value) request, (string Name, string Value) subject, string what)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var service = parameters.Get(Parameters.FlushServiceName);
        try
        {
            await socket.ConnectAsync(Public(parameters, service));
            await using var stream = new NetworkStream(socket, ownsSocket: false);
            var writer = new AttributeWriter();
            writer.Write(request.Name, request.Value);
            writer.Write(subject.Name, subject.Value);
            writer.End();
            await stream.WriteAsync(writer.Written);
            var reply = await new AttributeReader(stream).ReadListAsync(CancellationToken.None);
            Check(reply?.GetValueOrDefault("status"), request.Value, what);
        }
        catch (SocketException e)
        {
            log.Write(LogSeverity.Warning, $"connect to public/{service}: {ConnectFailure.Describe(e)}");
            throw new CommandException("Cannot flush mail queue - mail system is down", Unavailable);
        }
    }

    // Before flush is asked: what is wrong with a site is said whether the mail system runs or not.
    private static async Task CheckSiteAsync(ParameterSet parameters, string site)
    {
        if (!DomainName.IsValidMailDomain(site))
        {
            Check(FlushStatus.BadRequest, "send_site", site);
        }

        await using var tables = new TableSet(parameters);
        var match = await DomainList.Open(Parameters.FastFlushDomains, tables, withParents: true).MatchAsync(site, CancellationToken.None);
        if (!match.IsFound)
        {
            Check(match.IsTrouble ? FlushStatus.Failed : FlushStatus.Denied, "send_site", site);
        }
    }

    private static void Check(string? status, string request, string what)
    {
        switch (status)
        {
            case FlushStatus.Ok:
                return;
            case FlushStatus.Denied:
                throw new CommandException($"Flush service is not configured for destination \"{what}\"", Unavailable);
            case FlushStatus.BadRequest:
                throw new CommandException(
                    request == "send_site"
                        ? $"Cannot flush mail queue - invalid destination: \"{Short(what)}\""
                        : $"Cannot flush queue ID - invalid name: \"{Short(what)}\"",
                    Unavailable);
            default:
                throw new CommandException("Cannot flush mail queue - mail system is down", Unavailable);
        }
    }

    private static string Short(string text) => text.Length > 100 ? text[..100] + "..." : text;

    private static UnixDomainSocketEndPoint Public(ParameterSet parameters, string service) =>
        new(Path.Combine(parameters.Get(Parameters.QueueDirectory), "public", service));
}
