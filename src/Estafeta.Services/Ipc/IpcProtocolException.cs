namespace Estafeta.Services.Ipc;

/// <summary>The other process did not speak our protocol: another version, or not one of ours. The connection ends.</summary>
public sealed class IpcProtocolException(string message) : IOException(message);
