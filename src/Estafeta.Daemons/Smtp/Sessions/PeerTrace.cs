using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// debug_peer_list: shows the dialogue with the servers listed and, with debug_peer_level = 2 or more, what the client goes by. Never shows a
/// password: those lines are announced by the caller.
/// </summary>
internal readonly struct PeerTrace(IMailLog? log, string peer, int level)
{
    private const int DecisionLevel = 2;

    public bool ShowsDecisions => log != null && level >= DecisionLevel;

    public void Sent(string command) => log?.Info($"> {peer}: {command}");

    public void Received(string line) => log?.Info($"< {peer}: {line}");

    public void Decided(string text)
    {
        if (ShowsDecisions)
        {
            log?.Info($"{peer}: {text}");
        }
    }
}
