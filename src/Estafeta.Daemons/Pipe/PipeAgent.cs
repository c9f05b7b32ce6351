using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Macros;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.ExternalCommands;
using Estafeta.Services.Logging;
using Estafeta.Services.Mailboxes;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Daemons.Pipe;

/// <summary>pipe(8): gives a message to a command, once for all recipients of the request, and judges it by its exit status.</summary>
public sealed class PipeAgent(PipeSettings settings, PipeCommandLine commandLine, IReadOnlyList<string> environment, OutcomeRecorder recorder, IMailLog log, TimeProvider time) : IDeliveryAgent
{
    private static readonly DeliveryStatus Misconfigured = DeliveryStatus.Deferred("4.3.5", "mail system configuration error");
    private readonly CommandRunner _runner = new(time);

    public static PipeAgent Create(string serviceName, IReadOnlyList<string> arguments, TableSet tables, IMailLog log, TimeProvider time)
    {
        var settings = PipeSettings.Parse(serviceName, arguments, tables.Parameters);
        var filter = Parameters.PipeDeliveryStatusFilter;
        return new PipeAgent(
            settings,
            new PipeCommandLine(settings, AddressExtensions.Load(tables.Parameters)),
            CommandEnvironment.Read(tables.Parameters),
            OutcomeRecorder.Create(tables, filter.Name, tables.Parameters.Get(filter), log, time),
            log,
            time);
    }

    public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
    {
        var started = time.GetUtcNow();
        var wanted = new List<DeliveryRecipient>(request.Recipients.Count);
        foreach (var recipient in request.Recipients)
        {
            // flags=D makes loops visible, so it also ends them.
            if (settings.Copy.HasFlag(CopyOptions.DeliveredTo) && DeliveredTo.Contains(request.Head.Span, recipient.Address))
            {
                var loop = DeliveryStatus.Bounced("5.4.6", $"mail forwarding loop for {recipient.Address}");
                await RecordAsync(recipient, loop);
            }
            else
            {
                wanted.Add(recipient);
            }
        }

        if (wanted.Count > 0)
        {
            var status = await RunAsync(request with { Recipients = wanted });
            foreach (var recipient in wanted)
            {
                await RecordAsync(recipient, status);
            }
        }

        return DeliveryEnd.Good;

        ValueTask RecordAsync(DeliveryRecipient recipient, DeliveryStatus status) =>
            recorder.RecordAsync(request, recipient, status with { Relay = settings.ServiceName }, started, null, report, cancellationToken);
    }

    private async ValueTask<DeliveryStatus> RunAsync(DeliveryRequest request)
    {
        if (settings.SizeLimit > 0 && request.ContentOctets > settings.SizeLimit)
        {
            return DeliveryStatus.Bounced("5.2.3", "message too large");
        }

        if (request.Recipients.Count > 1 && !FlagsFitMany())
        {
            return Misconfigured;
        }

        List<string> arguments;
        try
        {
            arguments = commandLine.Expand(request);
        }
        catch (MacroException e)
        {
            log.Warning(e.Message);
            return Misconfigured;
        }

        if (request.IsProbe || request.Trace == TraceRequest.VerifyOnly)
        {
            return DeliveryStatus.Sent("2.0.0", $"delivers to command: {arguments[0]}");
        }

        using var message = MessageSource.Open(request);
        var copy = Copy(request);
        var end = await _runner.RunAsync(Command(arguments), sink => copy.WriteTo(message, sink));
        return CommandStatus.OfFailure(end, arguments[0], "pipe", log) ?? Delivered(CommandStatus.SuccessText(end));
    }

    // One message has one Delivered-To.
    private bool FlagsFitMany()
    {
        foreach (var (flag, option) in (ReadOnlySpan<(char, CopyOptions)>)[('D', CopyOptions.DeliveredTo), ('O', CopyOptions.OriginalTo)])
        {
            if (settings.Copy.HasFlag(option))
            {
                log.Warning($"pipe flag `{flag}' requires {settings.ServiceName}_destination_recipient_limit = 1");
                return false;
            }
        }

        return true;
    }

    private MessageCopy Copy(DeliveryRequest request) => new(settings.Copy)
    {
        Sender = request.Sender,
        NullSender = settings.NullSender,
        OriginalRecipient = request.Recipients[0].OriginalAddress,
        DeliveredTo = request.Recipients[0].Address,
        LineEnd = settings.LineEnd,
        Now = time.GetLocalNow(),
    };

    private ExternalCommand Command(List<string> arguments) => new()
    {
        Arguments = arguments,
        Environment = environment,
        Identity = settings.Identity,
        TimeLimit = settings.TimeLimit,
        ExecutionStep = "pipe_command: execvp",
    };

    private DeliveryStatus Delivered(string output)
    {
        var text = $"delivered via {settings.ServiceName} service";
        return DeliveryStatus.Sent("2.0.0", output.Length > 0 ? $"{text} ({output})" : text) with
        {
            SuccessWord = settings.IsFinal ? "delivered" : "relayed",
        };
    }
}
