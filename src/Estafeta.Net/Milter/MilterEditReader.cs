namespace Estafeta.Net.Milter;

/// <summary>Turns the edit packets of the end of the body into calls of <see cref="IMilterEdits"/>.</summary>
internal static class MilterEditReader
{
    private const int MaxHeaderIndex = 100_000;

    /// <summary>False when the reply is no edit. Throws <see cref="MilterProtocolException"/> for a malformed one.</summary>
    public static bool TryApply(MilterReply reply, ReadOnlySpan<byte> payload, IMilterEdits edits, ref bool isReplacingBody)
    {
        var reader = new MilterPayload(payload);
        switch (reply)
        {
            case MilterReply.AddHeader:
                edits.AddHeader(HeaderName(ref reader), HeaderValue(ref reader));
                return true;
            case MilterReply.InsertHeader:
                edits.InsertHeader(Index(ref reader), HeaderName(ref reader), HeaderValue(ref reader));
                return true;
            case MilterReply.ChangeHeader:
                edits.ChangeHeader(Math.Max(1, Index(ref reader)), HeaderName(ref reader), HeaderValue(ref reader));
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

    private static int Index(ref MilterPayload reader) =>
        reader.TryReadNumber(out var index) && index <= MaxHeaderIndex ? (int)index : throw new MilterProtocolException("malformed header index");

    // A name that is no field name, or a value that ends the header section, would be an injection.
    private static string HeaderName(ref MilterPayload reader) =>
        reader.TryReadText(out var name) && name.Length > 0 && name.All(c => c is > ' ' and < (char)127 and not ':')
            ? name
            : throw new MilterProtocolException("malformed header name");

    private static string HeaderValue(ref MilterPayload reader)
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

        return value;
    }

    private static string Address(ref MilterPayload reader) =>
        reader.TryReadText(out var address) && !address.Any(char.IsControl) ? address : throw new MilterProtocolException("malformed address");

    private static string Optional(ref MilterPayload reader) => reader.IsAtEnd ? "" : Address(ref reader);
}
