namespace Estafeta.Daemons.Anvil;

/// <summary>The largest of its kind since the last report, whose it was and when.</summary>
internal sealed class ClientMaximum
{
    public int Value { get; private set; }

    public string Client { get; private set; } = "";

    public DateTimeOffset Time { get; private set; }

    public void Note(int value, string client, DateTimeOffset time)
    {
        if (value > Value)
        {
            (Value, Client, Time) = (value, client, time);
        }
    }

    public void Reset() => Value = 0;
}
