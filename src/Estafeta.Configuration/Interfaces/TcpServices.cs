using System.Globalization;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.Interfaces;

/// <summary>Names of TCP services: known_tcp_ports first, then /etc/services (read once, when a name is not in the former).</summary>
public sealed class TcpServices(string knownTcpPorts, string servicesPath = "/etc/services")
{
    /// <summary>Without known_tcp_ports.</summary>
    public static readonly TcpServices OfSystem = new("");

    private static readonly char[] Blanks = [' ', '\t'];
    private readonly Dictionary<string, int> _known = Parse(knownTcpPorts);
    private readonly Lazy<Dictionary<string, int>> _system = new(() => Read(servicesPath));

    public static TcpServices Load(ParameterSet parameters) => new(parameters.Get(Parameters.KnownTcpPorts));

    /// <summary>The number of a port given by number or name.</summary>
    public int? Find(ReadOnlySpan<char> service)
    {
        if (int.TryParse(service, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return number is > 0 and <= ushort.MaxValue ? number : null;
        }

        var name = service.ToString();
        return _known.TryGetValue(name, out number) || _system.Value.TryGetValue(name, out number) ? number : null;
    }

    // "lmtp=24, smtps=submissions=465": the last word of each is the number.
    private static Dictionary<string, int> Parse(string text)
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var entry in WordList.Split(text))
        {
            var words = entry.Split('=');
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
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var line in File.Exists(path) ? File.ReadLines(path) : [])
        {
            var words = line.Split('#')[0].Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !words[1].EndsWith("/tcp", StringComparison.Ordinal)
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
