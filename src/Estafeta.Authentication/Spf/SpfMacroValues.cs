using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Authentication.Spf;

/// <summary>What the letters of macros stand for in one check of one domain (RFC 7208 §7.2).</summary>
internal sealed record SpfMacroValues(IPAddress Client, string LocalPart, string SenderDomain, string Helo, string Domain, string Receiver, DateTimeOffset Time)
{
    /// <summary>The client's name, where DNS leads from it back to the address.</summary>
    public string ValidatedName { get; init; } = "unknown";

    public string Find(char letter) => letter switch
    {
        's' => $"{LocalPart}@{SenderDomain}",
        'l' => LocalPart,
        'o' => SenderDomain,
        'd' => Domain,
        'i' => Dotted(Client),
        'p' => ValidatedName,
        'v' => Client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
        'h' => Helo,
        'c' => Client.ToString(),
        'r' => Receiver,
        't' => Time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        _ => "",
    };

    // IPv6: nibbles with dots.
    private static string Dotted(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return address.ToString();
        }

        var text = new StringBuilder(63);
        foreach (var octet in address.GetAddressBytes())
        {
            text.Append(text.Length > 0 ? "." : "").Append(CultureInfo.InvariantCulture, $"{octet >> 4:x}.{octet & 15:x}");
        }

        return text.ToString();
    }
}
