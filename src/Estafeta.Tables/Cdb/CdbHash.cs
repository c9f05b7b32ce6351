namespace Estafeta.Tables.Cdb;

/// <summary>The hash of cdb.txt: start with 5381, times 33, exclusive-or the octet.</summary>
internal static class CdbHash
{
    public static uint Of(ReadOnlySpan<byte> key)
    {
        var hash = 5381u;
        foreach (var octet in key)
        {
            hash = ((hash << 5) + hash) ^ octet;
        }

        return hash;
    }
}
