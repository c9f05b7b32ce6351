using System.Globalization;

namespace Estafeta.Tables.Cidr;

/// <summary><c>network/prefix</c> or an address, either possibly in brackets. cidr_table(5).</summary>
internal readonly record struct CidrPattern(bool IsIPv6, UInt128 First, UInt128 Last)
{
    public bool Contains(NetworkAddress address) => address.IsIPv6 == IsIPv6 && address.Value >= First && address.Value <= Last;

    public static bool TryParse(string text, out CidrPattern pattern, out string error)
    {
        pattern = default;
        var bare = text;
        if (text.StartsWith('['))
        {
            var close = text.IndexOf(']');
            if (close < 0)
            {
                error = $"missing ']' character after \"{text}\"";
                return false;
            }

            if (close + 1 < text.Length && text[close + 1] != '/')
            {
                error = $"garbage after \"{text[..(close + 1)]}\"";
                return false;
            }

            bare = text[1..close] + text[(close + 1)..];
        }

        var slash = bare.IndexOf('/');
        return slash < 0 ? TryParseAddress(text, bare, out pattern, out error) : TryParseNetwork(text, bare, slash, out pattern, out error);
    }

    private static bool TryParseAddress(string text, string bare, out CidrPattern pattern, out string error)
    {
        var isAddress = NetworkAddress.TryParse(bare, out var address);
        pattern = new CidrPattern(address.IsIPv6, address.Value, address.Value);
        error = isAddress ? "" : $"bad address pattern: \"{text}\"";
        return isAddress;
    }

    private static bool TryParseNetwork(string text, string bare, int slash, out CidrPattern pattern, out string error)
    {
        pattern = default;
        var mask = bare.AsSpan(slash + 1);
        if (!int.TryParse(mask, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
        {
            error = $"bad mask value in \"{text}\"";
            return false;
        }

        if (!NetworkAddress.TryParse(bare.AsSpan(0, slash), out var network))
        {
            error = $"bad network value in \"{text}\"";
            return false;
        }

        if (length > network.Bits)
        {
            error = $"bad mask length in \"{text}\"";
            return false;
        }

        var host = HostBits(network.Bits - length);
        if ((network.Value & host) != 0)
        {
            var proper = network with { Value = network.Value & ~host };
            error = $"non-null host address bits in \"{text}\", perhaps you should use \"{proper}/{length}\" instead";
            return false;
        }

        pattern = new CidrPattern(network.IsIPv6, network.Value, network.Value | host);
        error = "";
        return true;
    }

    private static UInt128 HostBits(int count) => count == 128 ? UInt128.MaxValue : (UInt128.One << count) - 1;
}
