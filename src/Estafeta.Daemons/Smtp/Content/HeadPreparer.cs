using System.Buffers;
using System.Text;
using Estafeta.Mail.Headers;
using Estafeta.Tables.Text;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// The header section as it is to be sent: smtp_generic_maps applied to the addresses of sender and recipient headers. Without such tables,
/// or without a match, it goes out as it is stored, byte for byte.
/// </summary>
internal sealed class HeadPreparer(GenericAddresses generic, int headerSizeLimit, int addressTokenLimit)
{
    /// <param name="head">As it is stored, or as content checks left it.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    public async ValueTask<ReadOnlyMemory<byte>> PrepareAsync(ReadOnlyMemory<byte> head, CancellationToken cancellationToken)
    {
        if (generic.IsEmpty)
        {
            return head;
        }

        var scanner = new HeaderScanner(headerSizeLimit);
        var output = new ArrayBufferWriter<byte>(head.Length + 256);
        var rest = head;
        var isChanged = false;
        while (scanner.Read(ref rest, isLast: true, out var field) == HeaderScanResult.Header)
        {
            var rewritten = (field.Traits & (HeaderTraits.Sender | HeaderTraits.Recipient)) != 0 ? await RewriteAsync(field, cancellationToken) : null;
            output.Write(rewritten ?? field.Octets.Span);
            isChanged |= rewritten != null;
        }

        if (!isChanged)
        {
            return head;
        }

        output.Write(scanner.EndedWithoutEmptyLine ? [] : "\n"u8);
        output.Write(rest.Span);
        return output.WrittenMemory;
    }

    private async ValueTask<byte[]?> RewriteAsync(HeaderField field, CancellationToken cancellationToken)
    {
        var name = Encoding.Latin1.GetString(field.Name);
        var list = HeaderAddressList.Parse(RawText.Decode(field.Value), addressTokenLimit);
        for (var i = 0; i < list.Count; i++)
        {
            if (!list.Tokens(i).IsEmpty)
            {
                list.Replace(i, await generic.MapAsync(list[i], cancellationToken));
            }
        }

        return list.IsChanged ? RawText.Encode(list.Format(name) + "\n") : null;
    }
}
