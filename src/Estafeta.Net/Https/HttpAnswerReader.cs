using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Estafeta.Net.Tls;

namespace Estafeta.Net.Https;

/// <summary>
/// Reads one HTTP/1.1 answer (RFC 9112) from the octets received so far. Strict: lines end with CRLF, a length is given once, chunked is
/// the only coding. Interim answers (1xx) are skipped.
/// </summary>
/// <param name="maximumOctets">The longest content accepted.</param>
/// <param name="hasContent">False when the question was CONNECT: what follows the header is no content, whatever the header says.</param>
public sealed class HttpAnswerReader(int maximumOctets, bool hasContent = true)
{
    private const int MaximumHeadOctets = 16 * 1024;

    // What an answer may need at most: interim answers and chunk headers come on top.
    private readonly int _maximumInputOctets = (2 * MaximumHeadOctets) + (2 * maximumOctets);

    /// <summary>Reads until the answer is complete. Throws <see cref="HttpsException"/> for what is no answer.</summary>
    public async Task<HttpAnswer> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var length = 0;
        while (true)
        {
            if (length == buffer.Length)
            {
                if (length > _maximumInputOctets)
                {
                    throw Bad("answer too long");
                }

                Array.Resize(ref buffer, 2 * length);
            }

            var got = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            length += got;
            if (Read(buffer.AsSpan(0, length), got == 0) is not { } answer)
            {
                continue;
            }

            // Content that ends with the connection is whole when the other side has said so itself (RFC 9112 §9.8).
            return got > 0 || stream is not TlsStream { IsEndClean: false } ? answer : throw Bad("answer cut short");
        }
    }

    /// <summary>Null while the answer is not complete. Throws <see cref="HttpsException"/> for what is no answer.</summary>
    /// <param name="isEnd">Nothing more will come.</param>
    public HttpAnswer? Read(ReadOnlySpan<byte> octets, bool isEnd)
    {
        while (true)
        {
            var headEnd = octets.IndexOf("\r\n\r\n"u8);
            if (headEnd < 0)
            {
                return octets.Length > MaximumHeadOctets ? throw Bad("header too long") : isEnd ? throw Bad("answer cut short") : null;
            }

            var head = Head.Parse(octets[..(headEnd + 2)]);
            octets = octets[(headEnd + 4)..];
            if (head.Status is >= 100 and < 200)
            {
                continue;
            }

            return ReadContent(head, octets, isEnd) is { } content
                ? new HttpAnswer(head.Status, head.ContentType, content) { RetryAfter = head.RetryAfter }
                : null;
        }
    }

    private byte[]? ReadContent(in Head head, ReadOnlySpan<byte> octets, bool isEnd)
    {
        if (!hasContent || head.Status is 204 or 304)
        {
            return [];
        }

        if (head.IsChunked)
        {
            return ReadChunks(octets, isEnd);
        }

        if (head.Length > maximumOctets || (head.Length < 0 && octets.Length > maximumOctets))
        {
            throw Bad("content too long");
        }

        if (head.Length < 0)
        {
            return isEnd ? octets.ToArray() : null;
        }

        return octets.Length >= head.Length ? octets[..(int)head.Length].ToArray() : isEnd ? throw Bad("answer cut short") : null;
    }

    private byte[]? ReadChunks(ReadOnlySpan<byte> octets, bool isEnd)
    {
        var content = new MemoryStream();
        while (true)
        {
            var end = octets.IndexOf("\r\n"u8);
            if (end < 0)
            {
                break;
            }

            var line = octets[..end];
            var extension = line.IndexOf((byte)';');
            var size = (extension < 0 ? line : line[..extension]).TrimEnd(" \t"u8);
            if (size.Length is 0 or > 8 || !Utf8Parser.TryParse(size, out int length, out var used, 'x') || used != size.Length || length < 0)
            {
                throw Bad("malformed chunk");
            }

            if (length == 0)
            {
                return content.ToArray(); // a trailer says nothing to us
            }

            if (content.Length + length > maximumOctets)
            {
                throw Bad("content too long");
            }

            octets = octets[(end + 2)..];
            if (octets.Length < length + 2)
            {
                break;
            }

            if (!octets[length..(length + 2)].SequenceEqual("\r\n"u8))
            {
                throw Bad("malformed chunk");
            }

            content.Write(octets[..length]);
            octets = octets[(length + 2)..];
        }

        return isEnd ? throw Bad("answer cut short") : null;
    }

    private static HttpsException Bad(string what) => new(HttpsFailure.Answer, "HTTP: " + what);

    private readonly ref struct Head
    {
        public int Status { get; private init; }

        public string ContentType { get; private init; }

        public string RetryAfter { get; private init; }

        /// <summary>-1 when the content ends with the connection.</summary>
        public long Length { get; private init; }

        public bool IsChunked { get; private init; }

        /// <param name="text">With the CRLF of its last line.</param>
        public static Head Parse(ReadOnlySpan<byte> text)
        {
            var lines = Encoding.Latin1.GetString(text).Split("\r\n");
            if (!lines[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
                || lines[0].Length < 12
                || lines[0][8] != ' '
                || !int.TryParse(lines[0].AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status)
                || Array.Exists(lines, static line => line.AsSpan().ContainsAny('\r', '\n', '\0')))
            {
                throw Bad("malformed status line");
            }

            long length = -1;
            var (type, retryAfter) = ("", "");
            var isChunked = false;
            foreach (var line in lines.AsSpan(1))
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon <= 0)
                {
                    continue;
                }

                var value = line.AsSpan(colon + 1).Trim(" \t");
                switch (line[..colon].ToLowerInvariant())
                {
                    case "content-type":
                        var semicolon = value.IndexOf(';');
                        type = (semicolon < 0 ? value : value[..semicolon]).Trim(" \t").ToString().ToLowerInvariant();
                        break;
                    case "content-length":
                        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || (length >= 0 && number != length))
                        {
                            throw Bad("malformed length");
                        }

                        length = number;
                        break;
                    case "retry-after":
                        retryAfter = value.ToString();
                        break;
                    case "transfer-encoding":
                        isChunked = value.Equals("chunked", StringComparison.OrdinalIgnoreCase) ? true : throw Bad("unknown transfer coding");
                        break;
                }
            }

            return new Head { Status = status, ContentType = type, RetryAfter = retryAfter, Length = length, IsChunked = isChunked };
        }
    }
}
