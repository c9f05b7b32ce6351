using System.Text;

namespace Estafeta.Daemons.Qmqpd;

/// <summary>
/// The message of a QMQP connection (cr.yp.to/proto/qmqp.html): a netstring of the content, the sender and the recipients, each a netstring.
/// </summary>
internal sealed class QmqpReader(NetstringReader netstrings, QmqpdSettings settings)
{
    /// <summary>Not UTF-8, or with control characters, which can only be meant to deceive those who are shown the address.</summary>
    public const string BadAddress = "Error: bad address syntax";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private bool _hasBadAddress;

    /// <summary>What was being read when the trouble came.</summary>
    public string Where { get; private set; } = "receiving QMQP packet header";

    /// <summary>Null: the trouble is <see cref="NetstringReader.Trouble"/>, or, where that has none, <see cref="BadAddress"/>.</summary>
    public async ValueTask<QmqpMessage?> ReadAsync()
    {
        if (!await netstrings.BeginAsync())
        {
            return null;
        }

        Where = "receiving message content";
        if (await netstrings.ReadAsync(settings.MessageSizeLimit > 0 ? settings.MessageSizeLimit : long.MaxValue) is not { } content)
        {
            return null;
        }

        Where = "receiving sender address";
        if (await ReadAddressAsync() is not { } sender)
        {
            return null;
        }

        Where = "receiving recipient address";
        var recipients = new List<string>();
        while (!netstrings.IsAtEnd)
        {
            if (await ReadAddressAsync() is not { } recipient)
            {
                return null;
            }

            recipients.Add(recipient);
        }

        return await netstrings.EndAsync() && !_hasBadAddress ? new QmqpMessage(content, sender, recipients) : null;
    }

    // Empty may stand for a bad one: the message is read to its end, or the client would not hear why it is refused.
    private async ValueTask<string?> ReadAddressAsync()
    {
        if (await netstrings.ReadAsync(settings.AddressLimit) is not { } octets)
        {
            return null;
        }

        string address;
        try
        {
            address = Strict.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            _hasBadAddress = true;
            return "";
        }

        _hasBadAddress |= address.Any(char.IsControl);
        return address;
    }
}
