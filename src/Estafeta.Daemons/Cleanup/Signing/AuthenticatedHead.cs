using System.Buffers;
using System.Text;
using Estafeta.Authentication.Results;
using Estafeta.Mail.Headers;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Cleanup.Signing;

/// <summary>
/// Writes results into a header section: below our own Received, as a milter would. What came with the message and claims to be ours (RFC 8601 §5)
/// goes, and any Received-SPF where we add one; what stands above Received is ours indeed, of an access table or a policy service.
/// </summary>
internal static class AuthenticatedHead
{
    /// <returns>How many forged headers were removed.</returns>
    public static int Apply(ArrayBufferWriter<byte> head, AuthenticationNote note)
    {
        ReadOnlyMemory<byte> rest = head.WrittenSpan.ToArray();
        var scanner = new HeaderScanner(int.MaxValue);
        var added = Encoding.UTF8.GetBytes(note.Headers);
        var isBelow = false;
        var replacesSpf = note.Headers.Contains("\nReceived-SPF:", StringComparison.Ordinal);
        var removed = 0;
        head.ResetWrittenCount();
        while (scanner.Read(ref rest, true, out var field) == HeaderScanResult.Header)
        {
            if (isBelow && (AuthservId.Claims(field, note.AuthservId) || (replacesSpf && Ascii.EqualsIgnoreCase(field.Name, "Received-SPF"u8))))
            {
                removed++;
                continue;
            }

            head.Write(field.Octets.Span);
            if (!isBelow && field.Kind == HeaderKind.Received)
            {
                isBelow = true;
                head.Write(added);
            }
        }

        if (!isBelow)
        {
            head.Write(added);
        }

        if (!scanner.EndedWithoutEmptyLine)
        {
            head.Write("\n"u8);
        }

        head.Write(rest.Span);
        return removed;
    }
}
