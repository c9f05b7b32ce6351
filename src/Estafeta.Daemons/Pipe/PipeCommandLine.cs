using System.Globalization;
using Estafeta.Configuration.Macros;
using Estafeta.Mail.Addresses;
using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Pipe;

/// <summary>
/// The argument vector for one delivery request. An argument that names something of the recipient becomes one argument for each
/// recipient; nothing is ever looked at by a shell.
/// </summary>
public sealed class PipeCommandLine(PipeSettings settings, AddressExtension extensions)
{
    private static readonly string[] PerRecipient = ["domain", "extension", "mailbox", "original_recipient", "recipient", "user"];

    private static readonly string[] PerRequest =
    [
        "client_address", "client_helo", "client_hostname", "client_port", "client_protocol", "envid", "nexthop", "queue_id",
        "sasl_method", "sasl_sender", "sasl_username", "sender", "size",
    ];

    /// <exception cref="MacroException">Bad syntax, or a name that is not in pipe(8).</exception>
    public List<string> Expand(DeliveryRequest request)
    {
        var arguments = new List<string>();
        foreach (var argument in settings.Command)
        {
            if (!NamesRecipient(argument))
            {
                arguments.Add(MacroExpander.Expand(argument, name => OfRequest(request, name), MacroOptions.Plain));
                continue;
            }

            foreach (var recipient in request.Recipients)
            {
                arguments.Add(MacroExpander.Expand(
                    argument,
                    name => OfRecipient(recipient, name) ?? OfRequest(request, name),
                    MacroOptions.Plain));
            }
        }

        return arguments;
    }

    private bool NamesRecipient(string argument)
    {
        var found = false;
        MacroExpander.Expand(
            argument,
            name =>
            {
                if (!PerRecipient.Contains(name) && !PerRequest.Contains(name))
                {
                    throw new MacroException($"file {settings.MasterCf}: service {settings.ServiceName}: unknown macro name: \"{name}\"");
                }

                found |= PerRecipient.Contains(name);
                return "";
            },
            MacroOptions.Scan);
        return found;
    }

    private string? OfRequest(DeliveryRequest request, string name) => name switch
    {
        "client_address" => request.Client.Address,
        "client_helo" => request.Client.Helo,
        "client_hostname" => request.Client.Name,
        "client_port" => request.Client.Port,
        "client_protocol" => request.Client.Protocol,
        "envid" => request.DsnEnvelopeId,
        "nexthop" => settings.FoldsDomain ? request.Nexthop.ToLowerInvariant() : request.Nexthop,
        "queue_id" => request.QueueId,
        "sasl_method" => request.Client.SaslMethod,
        "sasl_sender" => request.Client.SaslSender,
        "sasl_username" => request.Client.SaslUsername,
        "sender" => Sender(request.Sender),
        "size" => request.ContentOctets.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };

    private string? OfRecipient(DeliveryRecipient recipient, string name)
    {
        var at = recipient.Address.LastIndexOf('@');
        var mailbox = at < 0 ? recipient.Address : recipient.Address[..at];
        mailbox = settings.FoldsUser ? mailbox.ToLowerInvariant() : mailbox;
        switch (name)
        {
            case "domain":
                var domain = at < 0 ? "" : recipient.Address[(at + 1)..];
                return settings.FoldsDomain ? domain.ToLowerInvariant() : domain;
            case "extension":
                return extensions.TrySplit(mailbox, out _, out var extension) ? extension : "";
            case "mailbox":
                return mailbox;
            case "original_recipient":
                return Address(recipient.OriginalAddress);
            case "recipient":
                return Address(recipient.Address);
            case "user":
                extensions.TrySplit(mailbox, out var user, out _);
                return user;
            default:
                return null;
        }
    }

    private string Sender(string sender)
    {
        var text = sender.Length == 0 ? settings.NullSender : sender;
        return settings.QuotesAddresses && text.Length > 0 ? LocalPart.Quote(text) : text;
    }

    private string Address(string address)
    {
        var at = address.LastIndexOf('@');
        var local = at < 0 ? address : address[..at];
        var domain = at < 0 ? "" : address[at..];
        local = settings.FoldsUser ? local.ToLowerInvariant() : local;
        domain = settings.FoldsDomain ? domain.ToLowerInvariant() : domain;
        return settings.QuotesAddresses && address.Length > 0 ? LocalPart.Quote(local + domain) : local + domain;
    }
}
