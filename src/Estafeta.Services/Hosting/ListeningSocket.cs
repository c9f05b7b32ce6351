using System.Net.Sockets;

namespace Estafeta.Services.Hosting;

/// <summary>A socket master opened and a daemon inherited. It is non-blocking, for all processes that hold it: see docs/processes.md.</summary>
public sealed record ListeningSocket(Socket Socket);
