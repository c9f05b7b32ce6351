using Estafeta.Mail.Envelopes;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Where a message is from, for the log lines about its content: <c>from name[address]; from=&lt;s&gt; to=&lt;r&gt; proto=P helo=&lt;h&gt;</c>.</summary>
internal sealed class MessageOrigin(ClientIdentity client, string sender, string? recipient, LoggedAddressForm addresses)
{
    /// <summary>Without protocol and HELO name, as the lines about MIME errors have it.</summary>
    public string Short => $"from {Client}; from=<{addresses.Of(sender)}>{(recipient == null ? "" : $" to=<{addresses.Of(recipient)}>")}";

    public string Full => Short
        + (client.Protocol.Length > 0 ? $" proto={client.Protocol}" : "")
        + (client.Helo.Length > 0 ? $" helo=<{client.Helo}>" : "");

    private string Client => client.Address.Length > 0 ? $"{client.Name}[{client.Address}]" : "local";
}
