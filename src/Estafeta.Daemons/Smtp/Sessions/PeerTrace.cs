using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>debug_peer_list: shows the dialogue with the servers listed. Never shows a password: those lines are announced by the caller.</summary>
internal readonly struct PeerTrace(IMailLog? log, string peer)
{
    public bool IsOn => log != null;

    public void Sent(string command) => log?.Info($"> {peer}: {command}");

    public void Received(string line) => log?.Info($"< {peer}: {line}");
}
