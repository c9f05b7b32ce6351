namespace Estafeta.Net.Milter;

/// <summary>Turns the edit packets of the end of the body into calls of <see cref="IMilterEdits"/>.</summary>
internal static class MilterEditReader
{
    private const int MaxHeaderIndex = 100_000;

    /// <summary>False when the reply is no edit. Throws <see cref="MilterProtocolException"/> for a malformed one.</summary>
    /// <param name="reply">What the milter says.</param>
    /// <param name="payload">Of the packet.</param>
    /// <param name="keepsSpace">Whether the values of headers begin with the space after the colon, if they are to have one (SMFIP_HDR_LEADSPC).</param>
    /// <param name="edits">Are told.</param>
    /// <param name="isReplacingBody">Whether there was a piece of a new body before; set by one.</param>
    public static bool TryApply(MilterReply reply, ReadOnlySpan<byte> payload, bool keepsSpace, IMilterEdits edits, ref bool isReplacingBody)
    {
        var reader = new MilterPayload(payload);
        switch (reply)
        {
            case MilterReply.AddHeader:
                edits.AddHeader(HeaderName(ref reader), HeaderValue(ref reader, keepsSpace));
                return true;
            case MilterReply.InsertHeader:
                edits.InsertHeader(Index(ref reader), HeaderName(ref reader), HeaderValue(ref reader, keepsSpace));
                return true;
            case MilterReply.ChangeHeader:
                Change(ref reader, keepsSpace, edits);
                return true;
            case MilterReply.ChangeSender:
                edits.ChangeSender(Address(ref reader), Optional(ref reader));
                return true;
            case MilterReply.AddRecipient:
                edits.AddRecipient(Address(ref reader), "");
                return true;
            case MilterReply.AddRecipientWithArguments:
                edits.AddRecipient(Address(ref reader), Optional(ref reader));
                return true;
            case MilterReply.DeleteRecipient:
                edits.DeleteRecipient(Address(ref reader));
                return true;
            case MilterReply.ReplaceBody:
                edits.ReplaceBody(payload, isFirst: !isReplacingBody);
                isReplacingBody = true;
                return true;
            default:
                return false;
        }
    }

    private static void Change(ref MilterPayload reader, bool keepsSpace, IMilterEdits edits)
    {
        var (occurrence, name) = (Math.Max(1, Index(ref reader)), HeaderName(ref reader));
        if (reader.Rest is [0])
        {
            edits.DeleteHeader(occurrence, name);
        }
        else
        {
            edits.ChangeHeader(occurrence, name, HeaderValue(ref reader, keepsSpace));
        }
    }

    private static int Index(ref MilterPayload reader) =>
        reader.TryReadNumber(out var index) && index <= MaxHeaderIndex ? (int)index : throw new MilterProtocolException("malformed header index");

    // A name that is no field name, or a value that ends the header section, would be an injection.
    private static string HeaderName(ref MilterPayload reader) =>
        reader.TryReadText(out var name) && name.Length > 0 && name.All(c => c is > ' ' and < (char)127 and not ':')
            ? name
            : throw new MilterProtocolException("malformed header name");

    private static string HeaderValue(ref MilterPayload reader, bool keepsSpace)
    {
        if (!reader.TryReadText(out var value))
        {
            throw new MilterProtocolException("malformed header value");
        }

        value = value.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', ' ').TrimEnd('\n');
        for (var at = value.IndexOf('\n'); at >= 0; at = value.IndexOf('\n', at + 1))
        {
            // Text that would start a line of its own becomes a continuation.
            if (at + 1 >= value.Length || value[at + 1] is not (' ' or '\t'))
            {
                value = value.Insert(at + 1, "\t");
            }
        }

        return keepsSpace ? value : " " + value;
    }

    private static string Address(ref MilterPayload reader) =>
        reader.TryReadText(out var address) && !address.Any(char.IsControl) ? address : throw new MilterProtocolException("malformed address");

    private static string Optional(ref MilterPayload reader) => reader.IsAtEnd ? "" : Address(ref reader);
}
