using System.Net;

namespace Estafeta.Unix.Network;

/// <summary>An address of an interface that is up, and the length of its network's prefix.</summary>
public readonly record struct InterfaceAddress(IPAddress Address, int PrefixLength);
