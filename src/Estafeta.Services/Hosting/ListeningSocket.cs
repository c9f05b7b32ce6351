using System.Net.Sockets;

namespace Estafeta.Services.Hosting;

/// <summary>A socket master opened and a daemon inherited. The descriptor stays blocking: see docs/processes.md.</summary>
public sealed record ListeningSocket(Socket Socket);
