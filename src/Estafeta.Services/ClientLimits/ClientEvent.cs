namespace Estafeta.Services.ClientLimits;

/// <summary>What anvil(8) counts of a client. The numbers are on the wire.</summary>
public enum ClientEvent : byte
{
    Connection = 1,
    Message = 2,
    Recipient = 3,
    NewTlsSession = 4,
    Authentication = 5,
}
