namespace Estafeta.Tables.Pcre;

/// <summary>A thread's pcre2_match_data: where offsets go. Grows to the most groups any pattern has.</summary>
internal sealed class PcreMatchRoom
{
    [ThreadStatic]
    private static PcreMatchRoom? t_current;

    private readonly int _pairs;

    private PcreMatchRoom(int pairs)
    {
        _pairs = pairs;
        Data = PcreLibrary.CreateMatchData((uint)pairs, 0);
    }

    ~PcreMatchRoom() => PcreLibrary.FreeMatchData(Data);

    public nint Data { get; }

    public static PcreMatchRoom ForThread(int pairs)
    {
        var room = t_current;
        if (room == null || room._pairs < pairs)
        {
            t_current = room = new PcreMatchRoom(Math.Max(pairs, 16));
        }

        return room;
    }
}
