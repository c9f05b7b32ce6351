using System.Globalization;
using System.Net;
using System.Text;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Clients;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Qmqpd;

/// <summary>
/// One connection: one message, one reply. <c>K</c> is said when cleanup has made the message durable, <c>Z</c> asks the client to come again,
/// <c>D</c> refuses for good.
/// </summary>
internal sealed class QmqpdSession(QmqpdService service, Stream stream, IPEndPoint client, CancellationToken closing)
{
    private const char Accepted = 'K';
    private const char TryAgain = 'Z';
    private const char Refused = 'D';

    private readonly QmqpdSettings _settings = service.Settings;
    private readonly IMailLog _log = service.Log;
    private ClientName _name;
    private string _client = "";

    private string Address { get; } = client.Address.ToString();

    private string Port { get; } = client.Port.ToString(CultureInfo.InvariantCulture);

    public async Task RunAsync()
    {
        _name = await service.Names.FindAsync(client.Address, closing);
        _client = _settings.LogsClientPort ? $"{_name.Name}[{Address}]:{Port}" : $"{_name.Name}[{Address}]";
        _log.Info($"connect from {_client}");
        try
        {
            if (await ServeAsync() is { } reply)
            {
                await SayAsync(reply);
            }
        }
        finally
        {
            _log.Info($"disconnect from {_client}");
        }
    }

    private async ValueTask<string?> ServeAsync()
    {
        var allowed = await service.AuthorizedClients.MatchAsync(_name.Name, client.Address, closing);
        if (allowed.IsTrouble)
        {
            return TryAgain + "Error: server configuration error";
        }

        if (!allowed.IsFound)
        {
            return Refused + $"Error: {_client} is not authorized to use this service";
        }

        using var netstrings = new NetstringReader(stream, _settings.Timeout, service.Time, closing);
        var reader = new QmqpReader(netstrings, _settings);
        return await reader.ReadAsync() is { } message ? await QueueAsync(message)
            : netstrings.Trouble != NetstringTrouble.None ? Complain(netstrings.Trouble, reader.Where)
            : Warn("NOQUEUE", Refused, QmqpReader.BadAddress);
    }

    // A client that is gone hears nothing.
    private string? Complain(NetstringTrouble trouble, string where)
    {
        var what = trouble switch
        {
            NetstringTrouble.LostConnection => "lost connection",
            NetstringTrouble.Timeout => "read/write timeout",
            NetstringTrouble.TooLong => "netstring length exceeds storage limit",
            _ => "netstring format error",
        };
        _log.Info($"NOQUEUE: {_client}: {what} while {where}");
        return trouble is NetstringTrouble.LostConnection or NetstringTrouble.Timeout ? null : Refused + $"{what} while {where}";
    }

    private async ValueTask<string> QueueAsync(QmqpMessage message)
    {
        var (sender, verp) = VerpSender.Parse(message.Sender);
        CleanupTransaction transaction;
        try
        {
            transaction = await service.Cleanup.BeginAsync(Request(sender, verp), closing);
        }
        catch (IOException trouble)
        {
            _log.Warning($"unable to connect to the public {_settings.CleanupServiceName} service: {trouble.Message}");
            return TryAgain + "Error: queue file write error";
        }

        await using (transaction)
        {
            var id = transaction.QueueId.ToString();
            _log.Info($"{id}: client={_client}");
            if (verp != null && verp.Any(c => !_settings.VerpDelimiterFilter.Contains(c, StringComparison.Ordinal)))
            {
                return Warn(id, Refused, $"Error: Invalid VERP delimiters: \"{verp}\". Need two characters from \"{_settings.VerpDelimiterFilter}\"");
            }

            var result = await HandOverAsync(transaction, message);
            return result.Outcome == CleanupOutcome.Ok ? Accepted + $"Ok: queued as {id}" : Refuse(id, result);
        }
    }

    private CleanupRequest Request(string sender, string? verp) => new()
    {
        Sender = sender,
        ArrivalTime = service.Time.GetUtcNow(),
        Client = new ClientIdentity
        {
            Name = _name.Name,
            ReverseName = _name.ReverseName,
            Address = Address,
            Port = Port,
            Protocol = "QMQP",
            IsLocal = true,
        },
        ContentFilter = _settings.ContentFilter,
        Verp = verp,
        Flags = _settings.CleanupFlags,
        Service = _settings.CleanupServiceName,
    };

    private async ValueTask<CleanupResult> HandOverAsync(CleanupTransaction transaction, QmqpMessage message)
    {
        foreach (var recipient in message.Recipients)
        {
            transaction.AddRecipient(new EnvelopeRecipient(recipient) { OriginalAddress = recipient });
        }

        try
        {
            await transaction.WriteContentAsync(Encoding.UTF8.GetBytes(Received(transaction.QueueId, message)), closing);
            var top = new TopOfContent();
            var content = top.TryPassUnchanged(message.Content) ? message.Content : [.. top.Rewrite(message.Content), .. top.End()];
            await transaction.WriteContentAsync(content, closing);
            if (content is [.., not (byte)'\n'])
            {
                await transaction.WriteContentAsync("\n"u8.ToArray(), closing);
            }

            // From here on only the answer tells whether the message is ours: a stop waits for it.
            return await transaction.CommitAsync(CancellationToken.None);
        }
        catch (IOException trouble)
        {
            _log.Warning($"{transaction.QueueId}: {_settings.CleanupServiceName} service: {trouble.Message}");
            return new CleanupResult(CleanupOutcome.WriteError, "");
        }
    }

    private string Received(QueueId id, QmqpMessage message)
    {
        var address = client.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? "IPv6:" + Address : Address;
        var text = new StringBuilder(256).Append("Received: from ").Append(_name.Name).Append(" (").Append(_name.Name).Append(" [").Append(address)
            .Append("])\n\tby ").Append(_settings.Myhostname).Append(" (").Append(_settings.MailName).Append(") with QMQP");
        _ = message.Recipients is [var recipient]
            ? text.Append(" id ").Append(id).Append("\n\tfor <").Append(LocalPart.Quote(recipient)).Append('>')
            : text.Append("\n\tid ").Append(id);
        return text.Append("; ").Append(MailDate.Format(service.Time.GetUtcNow(), service.Time.LocalTimeZone)).Append('\n').ToString();
    }

    private string Refuse(string id, CleanupResult result) => result.Outcome switch
    {
        CleanupOutcome.Rejected => Warn(id, result.Text is ['4', ..] ? TryAgain : Refused, "Error: " + (result.Text.Length > 0 ? result.Text : "message content rejected")),
        CleanupOutcome.TooBig => Warn(id, Refused, "Error: message too large"),
        CleanupOutcome.TooManyHops => Warn(id, Refused, "Error: too many hops"),
        CleanupOutcome.NoRecipients => Warn(id, Refused, "Error: no recipients specified"),
        CleanupOutcome.Temporary when result.Text.Length > 0 => Warn(id, TryAgain, "Error: " + result.Text),
        _ => Warn(id, TryAgain, "Error: queue file write error"),
    };

    private string Warn(string id, char verdict, string text)
    {
        _log.Warning($"{id}: {_client}: {text}");
        return verdict + text;
    }

    private async ValueTask SayAsync(string reply)
    {
        if (reply[0] != Accepted)
        {
            reply = _settings.SoftBounce ? TryAgain + reply[1..] : reply;
            await Task.Delay(_settings.ErrorDelay, service.Time, closing);
        }

        var octets = Encoding.UTF8.GetBytes(reply);
        byte[] netstring = [.. Encoding.ASCII.GetBytes(octets.Length.ToString(CultureInfo.InvariantCulture)), (byte)':', .. octets, (byte)','];
        using var limit = new CancellationTokenSource(_settings.Timeout, service.Time);
        try
        {
            await stream.WriteAsync(netstring, limit.Token);
        }
        catch (IOException)
        {
            _log.Info($"NOQUEUE: {_client}: lost connection while sending completion status");
        }
        catch (OperationCanceledException)
        {
            _log.Info($"NOQUEUE: {_client}: read/write timeout while sending completion status");
        }
    }
}
