using System.Net;

namespace Estafeta.Daemons.Smtp;

/// <summary>debug_peer_list: hosts (with their subdomains), addresses and networks whose sessions are logged line by line.</summary>
internal sealed class DebugPeers
{
    private readonly List<string> _names = [];
    private readonly List<IPNetwork> _networks = [];

    public DebugPeers(string list)
    {
        foreach (var word in list.Split((char[])[' ', ',', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            var text = word.Replace("[", "", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);
            if (IPNetwork.TryParse(text, out var network))
            {
                _networks.Add(network);
            }
            else if (IPAddress.TryParse(text, out var address))
            {
                _networks.Add(new IPNetwork(address, address.GetAddressBytes().Length * 8));
            }
            else
            {
                _names.Add(text.TrimStart('.'));
            }
        }
    }

    public bool Matches(ServerAddress server)
    {
        foreach (var name in _names)
        {
            if (server.HostName.EndsWith(name, StringComparison.OrdinalIgnoreCase)
                && (server.HostName.Length == name.Length || server.HostName[^(name.Length + 1)] == '.'))
            {
                return true;
            }
        }

        foreach (var network in _networks)
        {
            if (server.EndPoint != null && network.Contains(server.EndPoint.Address))
            {
                return true;
            }
        }

        return false;
    }
}
