using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;

namespace Estafeta.Net.Dns;

/// <summary>
/// A DNS list with an optional filter on its answers: <c>zen.example</c>, <c>list.example=127.0.0.[2..11;13]</c>. In brackets stand
/// numbers and ranges, separated by semicolons.
/// </summary>
public sealed class DnsListSite
{
    private readonly (byte From, byte To)[][]? _octets;

    private DnsListSite(string text, string domain, (byte From, byte To)[][]? octets)
    {
        Text = text;
        Domain = domain;
        _octets = octets;
    }

    /// <summary>As configured, with the filter: the key of rbl_reply_maps.</summary>
    public string Text { get; }

    public string Domain { get; }

    /// <exception cref="ConfigurationException">The filter is malformed.</exception>
    public static DnsListSite Parse(string text)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new DnsListSite(text, text, null) : new DnsListSite(text, text[..equals], ParseFilter(text, text[(equals + 1)..]));
    }

    /// <summary>Any IPv4 answer lists, unless there is a filter.</summary>
    public bool Matches(IPAddress answer)
    {
        if (_octets == null)
        {
            return true;
        }

        if (answer.AddressFamily != AddressFamily.InterNetwork)
        {
            return false;
        }

        Span<byte> octets = stackalloc byte[4];
        _ = answer.TryWriteBytes(octets, out _);
        for (var i = 0; i < 4; i++)
        {
            var octet = octets[i];
            if (!Array.Exists(_octets[i], r => octet >= r.From && octet <= r.To))
            {
                return false;
            }
        }

        return true;
    }

    private static (byte From, byte To)[][] ParseFilter(string whole, string filter)
    {
        var octets = new List<(byte, byte)[]>(4);
        var at = 0;
        while (at < filter.Length)
        {
            var end = filter[at] == '[' ? filter.IndexOf(']', at) + 1 : filter.IndexOf('.', at);
            end = end <= 0 ? filter.Length : end;
            octets.Add(ParseOctet(whole, filter[at..end].Trim('[', ']')));
            at = end < filter.Length && filter[end] == '.' ? end + 1 : end;
        }

        return octets.Count == 4 ? [.. octets] : throw Bad(whole);
    }

    private static (byte From, byte To)[] ParseOctet(string whole, string text) => [.. text.Split(';').Select(part =>
    {
        var dots = part.IndexOf("..", StringComparison.Ordinal);
        var from = ParseNumber(whole, dots < 0 ? part : part[..dots]);
        return (from, dots < 0 ? from : ParseNumber(whole, part[(dots + 2)..]));
    })];

    private static byte ParseNumber(string whole, string text) =>
        byte.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Bad(whole);

    private static ConfigurationException Bad(string whole) => new($"bad DNSBL filter syntax: {whole}");
}
