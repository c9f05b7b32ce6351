using System.Globalization;

namespace Estafeta.Daemons.Smtp;

/// <summary>Names of TCP services: known_tcp_ports first, then /etc/services (read once, when a name is not in the former).</summary>
internal sealed class TcpServices(string knownTcpPorts, string servicesPath = "/etc/services")
{
    private readonly Dictionary<string, int> _known = Parse(knownTcpPorts);
    private readonly Lazy<Dictionary<string, int>> _system = new(() => Read(servicesPath));

    public int? Find(string service) =>
        int.TryParse(service, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (number is > 0 and < 65536 ? number : null)
        : _known.TryGetValue(service, out number) || _system.Value.TryGetValue(service, out number) ? number
        : null;

    // "lmtp=24, smtps=submissions=465": the last word of each is the number.
    private static Dictionary<string, int> Parse(string text)
    {
        var ports = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = entry.Split('=', StringSplitOptions.TrimEntries);
            if (int.TryParse(words[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                foreach (var name in words.AsSpan(0, words.Length - 1))
                {
                    ports[name] = port;
                }
            }
        }

        return ports;
    }

    private static Dictionary<string, int> Read(string path)
    {
        var ports = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        if (!File.Exists(path))
        {
            return ports;
        }

        foreach (var line in File.ReadLines(path))
        {
            var words = line.Split('#')[0].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !words[1].EndsWith("/tcp", StringComparison.OrdinalIgnoreCase)
                || !int.TryParse(words[1].AsSpan(0, words[1].Length - 4), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            {
                continue;
            }

            ports.TryAdd(words[0], port);
            foreach (var alias in words.AsSpan(2))
            {
                ports.TryAdd(alias, port);
            }
        }

        return ports;
    }
}
