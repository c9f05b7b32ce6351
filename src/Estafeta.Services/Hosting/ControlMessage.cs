namespace Estafeta.Services.Hosting;

/// <summary>
/// First octet of each message between master and a child on the child's descriptor 3 (SOCK_SEQPACKET). The end of the channel
/// tells either side that the other is gone.
/// </summary>
public static class ControlMessage
{
    /// <summary>Descriptor of the channel in the child; listening sockets follow it.</summary>
    public const int Descriptor = 3;

    /// <summary>Child: started well, privileges dropped. A child that dies before is a bad command startup.</summary>
    public const byte Ready = (byte)'R';

    /// <summary>Child: takes no new work; start another process when there is some.</summary>
    public const byte Draining = (byte)'D';

    /// <summary>Child: at its limit; clients wait. Carries the name of the service.</summary>
    public const byte Busy = (byte)'B';

    /// <summary>Master to the queue process: one service and its sockets (<see cref="ServiceAssignment"/>).</summary>
    public const byte Service = (byte)'S';

    /// <summary>Master to the queue process: the services sent since the last of these are all; run them.</summary>
    public const byte Apply = (byte)'A';
}
