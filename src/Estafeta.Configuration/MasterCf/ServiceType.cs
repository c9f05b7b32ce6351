namespace Estafeta.Configuration.MasterCf;

/// <summary>How a service is reached: master(5), "Service type".</summary>
public enum ServiceType
{
    /// <summary>TCP.</summary>
    Inet,

    /// <summary>UNIX-domain stream socket.</summary>
    Unix,

    /// <summary>UNIX-domain datagram socket.</summary>
    UnixDatagram,

    Fifo,

    /// <summary>UNIX-domain stream socket over which open connections are passed.</summary>
    Pass,
}
