using System.Net;

namespace Estafeta.Net.Proxy;

/// <summary>The two ends of a connection, as the proxy before us says (HAProxy's PROXY protocol).</summary>
/// <param name="Client">Null for a connection of the proxy's own (a health check): the real ends count.</param>
/// <param name="Server">What the client connected to.</param>
public readonly record struct ProxyHeader(IPEndPoint? Client, IPEndPoint? Server);
