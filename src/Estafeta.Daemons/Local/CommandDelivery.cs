using System.Buffers;
using Estafeta.Configuration.Macros;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Delivery;
using Estafeta.Services.ExternalCommands;
using Estafeta.Services.Logging;
using Estafeta.Services.Mailboxes;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>Delivers to a command: from an alias or .forward, or mailbox_command. By the shell only when the command needs one.</summary>
public sealed class CommandDelivery(LocalSettings settings, LocalMacros macros, AddressExtension extensions, IMailLog log, TimeProvider time)
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ \t\r\n");

    private readonly CommandRunner _runner = new(time);

    /// <param name="rights">Whose rights; root's are never used.</param>
    /// <param name="user">The user on whose behalf; null for an alias.</param>
    public async ValueTask<DeliveryStatus> RunAsync(
        string command, Expansion expansion, UserAccount rights, UserAccount? user, DeliveryRequest request, MessageSource message)
    {
        ExternalCommand external;
        try
        {
            external = Describe(command, expansion, rights.Uid == 0 ? settings.DefaultPrivileges : rights, user, request);
        }
        catch (MacroException e)
        {
            log.Warning($"command_execution_directory: {e.Message}");
            return DeliveryStatus.Deferred("4.3.5", "mail system configuration error");
        }

        var options = settings.MarksCommands ? CopyOptions.Command : CopyOptions.Command & ~CopyOptions.DeliveredTo;
        var copy = new MessageCopy(options)
        {
            Sender = expansion.Sender,
            OriginalRecipient = expansion.Original,
            DeliveredTo = expansion.DeliveredTo,
            Now = time.GetLocalNow(),
        };
        var end = await RunAsync(external, command, copy, message);
        return CommandStatus.OfFailure(end, command, "local", log)
            ?? DeliveryStatus.Sent("2.0.0", $"delivered to command: {command}") with { SuccessWord = "delivered" };
    }

    private async Task<CommandEnd> RunAsync(ExternalCommand external, string command, MessageCopy copy, MessageSource message)
    {
        var end = await _runner.RunAsync(external, sink => copy.WriteTo(message, sink));

        // A plain word that is no program may be something the shell knows.
        return end.ExecutionProblem != null && !external.Arguments[0].Contains('/', StringComparison.Ordinal)
            ? await _runner.RunAsync(external with { Arguments = Shell(command) }, sink => copy.WriteTo(message, sink))
            : end;
    }

    private ExternalCommand Describe(string command, Expansion expansion, UserAccount rights, UserAccount? user, DeliveryRequest request)
    {
        var directory = macros.Expand(settings.CommandDirectory, expansion, user, settings.CommandDirectoryFilter);
        return new ExternalCommand
        {
            Arguments = Arguments(command),
            Environment = Environment(expansion, user, request),
            Identity = new CommandIdentity(rights.Uid, rights.Gid) { Directory = directory.Length > 0 ? directory : null },
            TimeLimit = settings.CommandTimeLimit,
            FileSizeLimit = settings.Mailboxes.SizeLimit > 0 ? settings.Mailboxes.SizeLimit : null,
        };
    }

    private string[] Arguments(string command)
    {
        if (settings.CommandShell.Length > 0)
        {
            return [.. settings.CommandShell.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries), command];
        }

        var isPlain = !command.AsSpan().ContainsAnyExcept(Plain);
        var words = command.Split([' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return isPlain && words.Length > 0 ? words : Shell(command);
    }

    private static string[] Shell(string command) => ["sh", "-c", command];

    private List<string> Environment(Expansion expansion, UserAccount? user, DeliveryRequest request)
    {
        var environment = new List<string>(settings.CommandEnvironment);
        extensions.TrySplit(expansion.LocalPart, out var userName, out var extension);
        Add("SHELL", user?.Shell);
        Add("HOME", user?.HomeDirectory);
        Add("USER", user?.Name ?? userName);
        Add("LOGNAME", user?.Name ?? userName);
        Add("EXTENSION", extension);
        Add("DOMAIN", expansion.Domain);
        Add("LOCAL", expansion.LocalPart);
        Add("RECIPIENT", expansion.Address);
        Add("ORIGINAL_RECIPIENT", expansion.Original);
        Add("SENDER", expansion.Sender, evenEmpty: true);
        Add("ENVID", request.DsnEnvelopeId);
        Add("CLIENT_ADDRESS", request.Client.Address);
        Add("CLIENT_HELO", request.Client.Helo);
        Add("CLIENT_HOSTNAME", request.Client.Name);
        Add("CLIENT_PROTOCOL", request.Client.Protocol);
        Add("SASL_METHOD", request.Client.SaslMethod);
        Add("SASL_SENDER", request.Client.SaslSender);
        Add("SASL_USERNAME", request.Client.SaslUsername);
        return environment;

        void Add(string name, string? value, bool evenEmpty = false)
        {
            if (!string.IsNullOrEmpty(value) || evenEmpty)
            {
                environment.Add($"{name}={Filter(value ?? "")}");
            }
        }
    }

    // What a peer chose must not become shell syntax in a careless script.
    private string Filter(string value) =>
        string.Create(value.Length, (value, settings.CommandFilter), static (result, state) =>
        {
            for (var i = 0; i < result.Length; i++)
            {
                result[i] = state.CommandFilter.Contains(state.value[i], StringComparison.Ordinal) ? state.value[i] : '_';
            }
        });
}
