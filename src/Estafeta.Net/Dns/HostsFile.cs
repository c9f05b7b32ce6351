using System.Net;

namespace Estafeta.Net.Dns;

/// <summary>
/// hosts(5): what <c>native</c> in smtp_host_lookup and getaddrinfo(3) consult first. Read again when it changes. Thread-safe.
/// </summary>
public sealed class HostsFile(TimeProvider time, string path = HostsFile.DefaultPath)
{
    public const string DefaultPath = "/etc/hosts";

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Dictionary<string, List<IPAddress>> _addresses = new(StringComparer.OrdinalIgnoreCase);
    private Dictionary<IPAddress, string> _names = [];
    private DateTime _modified;
    private long _checked;
    private bool _isLoaded;

    /// <summary>In the order of the file; empty when the name is not in it.</summary>
    public IReadOnlyList<IPAddress> FindAddresses(string name)
    {
        Refresh();
        return _addresses.TryGetValue(name.TrimEnd('.'), out var addresses) ? addresses : [];
    }

    /// <summary>The first name of the address.</summary>
    public string? FindName(IPAddress address)
    {
        Refresh();
        return _names.GetValueOrDefault(address);
    }

    private void Refresh()
    {
        lock (_lock)
        {
            if (_isLoaded && time.GetElapsedTime(_checked) < CheckInterval)
            {
                return;
            }

            _checked = time.GetTimestamp();
            var modified = File.GetLastWriteTimeUtc(path);
            if (!_isLoaded || modified != _modified)
            {
                Load(File.Exists(path) ? File.ReadAllText(path) : "");
                _modified = modified;
                _isLoaded = true;
            }
        }
    }

    private void Load(string text)
    {
        var addresses = new Dictionary<string, List<IPAddress>>(StringComparer.OrdinalIgnoreCase);
        var names = new Dictionary<IPAddress, string>();
        foreach (var line in text.Split('\n'))
        {
            var comment = line.IndexOf('#', StringComparison.Ordinal);
            var words = (comment < 0 ? line : line[..comment]).Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !IPAddress.TryParse(words[0], out var address))
            {
                continue;
            }

            names.TryAdd(address, words[1]);
            foreach (var name in words.AsSpan(1))
            {
                if (!addresses.TryGetValue(name, out var list))
                {
                    addresses[name] = list = [];
                }

                list.Add(address);
            }
        }

        _addresses = addresses;
        _names = names;
    }
}
