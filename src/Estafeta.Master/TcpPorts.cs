using System.Globalization;

namespace Estafeta.Master;

/// <summary>Service names of TCP ports: parameter known_tcp_ports (<c>smtp=25, smtps=submissions=465</c>), then /etc/services.</summary>
internal sealed class TcpPorts
{
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);

    public static TcpPorts Parse(string text)
    {
        var result = new TcpPorts();
        foreach (var word in text.Split([',', ' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = word.Split('=');
            if (TryNumber(parts[^1], out var port))
            {
                foreach (var name in parts[..^1])
                {
                    result._known[name] = port;
                }
            }
        }

        return result;
    }

    /// <summary>The number of a port given by name or number.</summary>
    public bool TryFind(string port, out int number) =>
        TryNumber(port, out number) || _known.TryGetValue(port, out number) || TryFindInSystem(port, out number);

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= 65535;

    private static bool TryFindInSystem(string name, out int number)
    {
        number = 0;
        if (!File.Exists("/etc/services"))
        {
            return false;
        }

        foreach (var line in File.ReadLines("/etc/services"))
        {
            var fields = line.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 2 || !fields[1].EndsWith("/tcp", StringComparison.Ordinal))
            {
                continue;
            }

            if ((fields[0] == name || fields.AsSpan(2).Contains(name)) && TryNumber(fields[1][..^4], out number))
            {
                return true;
            }
        }

        return false;
    }
}
