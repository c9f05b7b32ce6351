namespace Estafeta.Services.Delivery;

/// <summary>The agent of a transport cannot be reached: nothing was sent to it. The transport is left alone for transport_retry_time.</summary>
public sealed class TransportUnavailableException(string message, Exception inner) : IOException(message, inner);
