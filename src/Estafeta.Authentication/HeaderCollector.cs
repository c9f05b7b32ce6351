using Estafeta.Mail.Headers;

namespace Estafeta.Authentication;

/// <summary>Takes the header section off content that streams by, in pieces of any size.</summary>
public sealed class HeaderCollector
{
    /// <summary>Beyond this a header section is not looked at: no honest message comes near.</summary>
    public const int MostOctets = 1024 * 1024;

    private readonly HeaderScanner _scanner = new(MostOctets);
    private readonly MessageHeaders _headers = new();
    private long _octets;

    /// <summary>The section was cut off at <see cref="MostOctets"/>.</summary>
    public bool IsTooLong { get; private set; }

    /// <param name="content">The next piece; what is left of it is body.</param>
    /// <param name="isLast">Nothing comes after it.</param>
    /// <returns>The headers once they are complete.</returns>
    public MessageHeaders? Read(ref ReadOnlyMemory<byte> content, bool isLast)
    {
        _octets += content.Length;
        while (true)
        {
            switch (_scanner.Read(ref content, isLast, out var field))
            {
                case HeaderScanResult.Header:
                    _headers.Add(field);
                    break;
                case HeaderScanResult.NeedsInput when _octets <= MostOctets:
                    return null;
                case HeaderScanResult.NeedsInput:
                    IsTooLong = true;
                    return _headers;
                default:
                    return _headers;
            }
        }
    }
}
