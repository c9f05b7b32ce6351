using System.Net;

namespace Estafeta.Master;

internal enum ListenerKind
{
    Inet,
    Stream,
    Datagram,
    Fifo,
}

/// <summary>Where to listen: an address and port, or a path below the queue directory. Equal addresses share a socket over a reload.</summary>
internal sealed record ListenerAddress(ListenerKind Kind, IPEndPoint? EndPoint, string Path)
{
    public override string ToString() => EndPoint != null ? $"{EndPoint.Address} port {EndPoint.Port}" : Path;
}
