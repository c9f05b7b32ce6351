namespace Estafeta.Services.ClientLimits;

/// <summary>What all processes together have seen of one client of one service.</summary>
/// <param name="Connections">Open now.</param>
/// <param name="ConnectionRate">Made in the running anvil_rate_time_unit; the others likewise.</param>
/// <param name="TimeLeft">Of that time unit; then all but <paramref name="Connections"/> begin at 0.</param>
public readonly record struct ClientTotals(
    int Connections, int ConnectionRate, int Messages, int Recipients, int NewTlsSessions, int Authentications, TimeSpan TimeLeft)
{
    /// <summary>The rate that an event adds to.</summary>
    public int RateOf(ClientEvent kind) => kind switch
    {
        ClientEvent.Connection => ConnectionRate,
        ClientEvent.Message => Messages,
        ClientEvent.Recipient => Recipients,
        ClientEvent.NewTlsSession => NewTlsSessions,
        _ => Authentications,
    };
}
