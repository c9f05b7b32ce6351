using System.IO.Compression;
using System.Text;

namespace Estafeta.Commands.Tlsrpt;

/// <summary>
/// The JSON in what a user has: the JSON itself, gzip of it, or the mail with it in a part of type application/tlsrpt+gzip or +json. A part
/// decompresses to a bounded size: reports come from anybody.
/// </summary>
internal static class ReportAttachment
{
    private const int MaximumOctets = 20 * 1024 * 1024;
    private const int MaximumParts = 100;

    /// <summary>Throws <see cref="FormatException"/> when there is none.</summary>
    public static IReadOnlyList<byte[]> Find(byte[] octets)
    {
        if (octets.AsSpan().StartsWith((ReadOnlySpan<byte>)[0x1f, 0x8b]))
        {
            return [Decompress(octets)];
        }

        if (octets.AsSpan().TrimStart(" \t\r\n"u8).StartsWith("{"u8))
        {
            return [octets];
        }

        var found = new List<byte[]>();
        var parts = 0;
        Walk(Encoding.Latin1.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal), found, ref parts, 0);
        return found.Count > 0 ? found : throw new FormatException("no TLS report in it");
    }

    private static void Walk(string entity, List<byte[]> found, ref int parts, int depth)
    {
        var end = entity.IndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || ++parts > MaximumParts || depth > 10)
        {
            return;
        }

        var head = entity[..end].Replace("\n\t", " ", StringComparison.Ordinal).Replace("\n ", " ", StringComparison.Ordinal);
        var body = entity[(end + 2)..];
        var type = Header(head, "content-type");
        if (type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) && Boundary(type) is { } boundary)
        {
            foreach (var part in ("\n" + body).Split("\n--" + boundary).Skip(1))
            {
                if (part.StartsWith("--", StringComparison.Ordinal))
                {
                    return;
                }

                Walk(part[(part.IndexOf('\n', StringComparison.Ordinal) + 1)..], found, ref parts, depth + 1);
            }

            return;
        }

        var isCompressed = type.StartsWith("application/tlsrpt+gzip", StringComparison.OrdinalIgnoreCase)
            || head.Contains(".json.gz", StringComparison.OrdinalIgnoreCase);
        if (!isCompressed && !type.StartsWith("application/tlsrpt+json", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var octets = Header(head, "content-transfer-encoding").Trim().Equals("base64", StringComparison.OrdinalIgnoreCase)
            ? Convert.FromBase64String(body)
            : Encoding.Latin1.GetBytes(body);
        found.Add(isCompressed ? Decompress(octets) : octets);
    }

    private static string Header(string head, string name)
    {
        foreach (var line in head.Split('\n'))
        {
            if (line.Length > name.Length && line[name.Length] == ':' && line.StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return line[(name.Length + 1)..].Trim();
            }
        }

        return "";
    }

    private static string? Boundary(string type)
    {
        var at = type.IndexOf("boundary=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return null;
        }

        var value = type[(at + 9)..];
        return value.StartsWith('"') ? value[1..].Split('"')[0] : value.Split(';')[0].Trim();
    }

    private static byte[] Decompress(byte[] octets)
    {
        using var gzip = new GZipStream(new MemoryStream(octets), CompressionMode.Decompress);
        using var json = new MemoryStream();
        var chunk = new byte[64 * 1024];
        int got;
        while ((got = gzip.Read(chunk)) > 0)
        {
            json.Write(chunk, 0, got);
            if (json.Length > MaximumOctets)
            {
                throw new FormatException("too big for a TLS report");
            }
        }

        return json.ToArray();
    }
}
