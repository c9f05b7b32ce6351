namespace Estafeta.Services.Ipc;

/// <summary>Nobody answers at the socket of a service.</summary>
public sealed class IpcConnectException(string socketPath, string reason, Exception inner) : IOException($"connect to {socketPath}: {reason}", inner)
{
    /// <summary>The error alone, for texts that name the service in their own way.</summary>
    public string Reason => reason;
}
