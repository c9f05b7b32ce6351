using Estafeta.Services.ClientLimits;

namespace Estafeta.Daemons.Anvil;

/// <summary>One client of one service. Rates begin anew when the time unit has passed at the next event, not by the clock.</summary>
internal sealed class ClientRecord
{
    private readonly int[] _rates = new int[(int)ClientEvent.Authentication + 1];
    private long _unitStart;

    public int Connections { get; set; }

    public int this[ClientEvent kind] => _rates[(int)kind];

    /// <summary>Answers the rate, this event included.</summary>
    public int Count(ClientEvent kind, long now, long unit)
    {
        if (_unitStart + unit < now || _unitStart == 0)
        {
            _unitStart = now;
            Array.Clear(_rates);
        }

        return ++_rates[(int)kind];
    }

    /// <summary>What is left of the time unit.</summary>
    public long Left(long now, long unit) => Math.Max(0, _unitStart + unit - now);

    public bool IsIdle(long now, long unit) => Connections == 0 && _unitStart + unit < now;
}
