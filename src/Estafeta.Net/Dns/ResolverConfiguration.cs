using System.Globalization;
using System.Net;

namespace Estafeta.Net.Dns;

/// <summary>
/// What resolv.conf(5) says, as far as a mail system may listen to it: name servers and the options timeout, attempts, rotate, edns0
/// and use-vc. <c>search</c> and <c>domain</c> are read but used only when smtp_dns_resolver_options asks for it: a mail domain is
/// never completed.
/// </summary>
public sealed record ResolverConfiguration
{
    public const string DefaultPath = "/etc/resolv.conf";

    private const int MaximumServers = 3;

    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [new IPEndPoint(IPAddress.Loopback, 53)];

    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    public int Attempts { get; init; } = 2;

    public bool Rotate { get; init; }

    public bool AlwaysTcp { get; init; }

    /// <summary>The domains of <c>search</c> or <c>domain</c>.</summary>
    public IReadOnlyList<string> SearchDomains { get; init; } = [];

    /// <summary>A file that does not exist is a name server on this host (resolv.conf(5)).</summary>
    public static ResolverConfiguration Load(string path) =>
        Read(path) is { } text ? Parse(text) : new ResolverConfiguration();

    public static ResolverConfiguration Parse(string text)
    {
        var configuration = new ResolverConfiguration();
        var servers = new List<IPEndPoint>();
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0][0] is '#' or ';')
            {
                continue;
            }

            switch (words[0])
            {
                case "nameserver" when servers.Count < MaximumServers && TryParseServer(words[1], out var server):
                    servers.Add(server);
                    break;
                case "search" or "domain":
                    configuration = configuration with { SearchDomains = words[1..] };
                    break;
                case "options":
                    configuration = configuration.WithOptions(words.AsSpan(1));
                    break;
            }
        }

        return servers.Count == 0 ? configuration : configuration with { Servers = servers };
    }

    /// <summary>An address, or <c>address:port</c> and <c>[address]:port</c> for tests and odd set-ups.</summary>
    private static bool TryParseServer(string text, out IPEndPoint server)
    {
        if (!IPEndPoint.TryParse(text, out server!))
        {
            return false;
        }

        server.Port = server.Port == 0 ? 53 : server.Port;
        return true;
    }

    private ResolverConfiguration WithOptions(ReadOnlySpan<string> options)
    {
        var result = this;
        foreach (var option in options)
        {
            var colon = option.IndexOf(':', StringComparison.Ordinal);
            var number = colon > 0 && int.TryParse(option.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? n : 0;
            result = option switch
            {
                "rotate" => result with { Rotate = true },
                "use-vc" => result with { AlwaysTcp = true },
                _ when option.StartsWith("timeout:", StringComparison.Ordinal) => result with { Timeout = TimeSpan.FromSeconds(Math.Clamp(number, 1, 30)) },
                _ when option.StartsWith("attempts:", StringComparison.Ordinal) => result with { Attempts = Math.Clamp(number, 1, 5) },
                _ => result,
            };
        }

        return result;
    }

    // A file that may not be read is as good as none, as for resolver(3): the server is this machine.
    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
