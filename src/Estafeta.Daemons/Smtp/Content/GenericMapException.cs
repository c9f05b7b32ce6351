namespace Estafeta.Daemons.Smtp;

/// <summary>smtp_generic_maps could not be asked: the message waits.</summary>
internal sealed class GenericMapException(string address) : Exception($"smtp_generic_maps lookup error for {address}");
