using System.Text;
using Estafeta.Mail.Headers;

namespace Estafeta.Tests.Mail.Headers;

/// <summary>header_size_limit: what is cut off a header, however the message arrives.</summary>
public sealed class HeaderScannerTests
{
    private const string Message = "Subject: s\n continued line\n more\n\tand more\nX: y\n\nbody: no header\n";

    [Fact]
    public void LongHeader_IsCutAlike_HoweverItArrives()
    {
        foreach (var limit in new[] { 12, 25, 26, 27, 31, 32, 33, 42 }) // lines end at 11, 27, 33 and 43
        {
            var whole = Scan(limit, Message);
            Assert.Equal(Expected(limit), whole);
            for (var cut = 1; cut < Message.Length; cut++)
            {
                Assert.Equal((cut, whole), (cut, Scan(limit, Message[..cut], Message[cut..])));
                for (var second = cut + 1; second < Message.Length; second++)
                {
                    Assert.Equal((cut, second, whole), (cut, second, Scan(limit, Message[..cut], Message[cut..second], Message[second..])));
                }
            }
        }
    }

    private static string Expected(int limit)
    {
        var header = Message[..Message.IndexOf("X:", StringComparison.Ordinal)];
        var kept = header.Length > limit ? header[..limit].TrimEnd('\n') + "\n" : header;
        return kept + "|X: y\n|body: no header\n";
    }

    // Headers, then the body, with bars between them.
    private static string Scan(int limit, params string[] chunks)
    {
        var scanner = new HeaderScanner(limit);
        var found = new StringBuilder();
        ReadOnlyMemory<byte> input = default;
        for (var i = 0; i <= chunks.Length; i++)
        {
            while (true)
            {
                var result = scanner.Read(ref input, i == chunks.Length, out var field);
                if (result == HeaderScanResult.Header)
                {
                    found.Append(Encoding.ASCII.GetString(field.Octets.Span)).Append('|');
                    continue;
                }

                if (result == HeaderScanResult.End)
                {
                    return found.Append(Encoding.ASCII.GetString(input.Span)).Append(string.Concat(chunks.Skip(i))).ToString();
                }

                break;
            }

            input = i < chunks.Length ? Encoding.ASCII.GetBytes(chunks[i]) : default;
        }

        throw new InvalidOperationException("the header section did not end");
    }
}
