namespace Estafeta.Bench.Load.Servers;

/// <summary>What a client's load is sent to.</summary>
internal interface IServer : IDisposable
{
    string Name { get; }

    int Port { get; }

    /// <summary>Its processes are this one and its descendants.</summary>
    int MasterPid { get; }

    void Start();

    void Stop();
}
