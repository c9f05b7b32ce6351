using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Estafeta.Queue.Administration;
using Estafeta.Services.Attributes;

namespace Estafeta.Commands.QueueAccess;

/// <summary>Reads the listing of the running mail system from <c>public/showq</c>.</summary>
internal sealed class ListingClient : IDisposable
{
    private readonly Socket _socket;

    private ListingClient(Socket socket) => _socket = socket;

    /// <summary>Throws <see cref="SocketException"/> when the mail system is down.</summary>
    public static async Task<ListingClient> ConnectAsync(string queueDirectory, string serviceName)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(queueDirectory, "public", serviceName)));
            return new ListingClient(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async IAsyncEnumerable<ListedMessage> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var stream = new NetworkStream(_socket, ownsSocket: false);
        var reader = new AttributeReader(stream);
        await reader.ReadListAsync(cancellationToken);
        while (await ReadMessageAsync(reader, cancellationToken) is { } message)
        {
            yield return message;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static async ValueTask<ListedMessage?> ReadMessageAsync(AttributeReader reader, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var recipients = new List<ListedRecipient>();
        var original = "";
        while (true)
        {
            var (name, value) = await reader.ReadAsync(cancellationToken);
            switch (name)
            {
                case null or "" when fields.Count == 0:
                    return null;
                case null:
                    throw new InvalidDataException("malformed showq server response");
                case "":
                    return Message(fields, recipients);
                case "original_recipient":
                    original = value;
                    break;
                case "recipient":
                    recipients.Add(new ListedRecipient(value, original, null, false));
                    original = "";
                    break;
                case "reason" when recipients.Count > 0:
                    recipients[^1] = recipients[^1] with { Reason = value.Length > 0 ? value : null };
                    break;
                case "log_class" when recipients.Count > 0:
                    recipients[^1] = recipients[^1] with { IsBounced = value == "bounce" };
                    break;
                default:
                    fields[name] = value;
                    break;
            }
        }
    }

    private static ListedMessage Message(Dictionary<string, string> fields, List<ListedRecipient> recipients) => new()
    {
        Queue = fields.GetValueOrDefault("queue_name", ""),
        Id = fields.GetValueOrDefault("queue_id", ""),
        ArrivalTime = DateTimeOffset.FromUnixTimeSeconds(Number(fields, "time")),
        Octets = Number(fields, "size"),
        IsForceExpired = Number(fields, "forced_expire") != 0,
        Sender = fields.GetValueOrDefault("sender", ""),
        Recipients = recipients,
    };

    private static long Number(Dictionary<string, string> fields, string name) =>
        fields.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
