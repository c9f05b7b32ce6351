using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary>
/// <c>store/room</c>: how much more the log can take without growing, written by the process that has the store open for those that have
/// not: smtpd refuses mail at MAIL FROM by it. A line of fixed length, overwritten in place so that a full disk does not stop the news,
/// and not synced: after a crash it is written again.
/// </summary>
public readonly record struct StoreRoom(StoreHealth Health, long FreeOctets)
{
    private const int LineOctets = 32;

    /// <summary>The last news, also of a process that has ended; null when there never was any.</summary>
    public static StoreRoom? Read(string queueDirectory)
    {
        try
        {
            using var file = DurableFile.Open(PathBelow(Path.Combine(queueDirectory, "store")), OpenFlags.ReadOnly);
            Span<byte> line = stackalloc byte[LineOctets];
            return file.Read(line, 0) == LineOctets && Utf8Parser.TryParse(line[2..], out long free, out _) && line[0] is >= (byte)'0' and <= (byte)'3'
                ? new StoreRoom((StoreHealth)(line[0] - '0'), free)
                : null;
        }
        catch (UnixException)
        {
            return null;
        }
    }

    internal static string PathBelow(string storeDirectory) => Path.Combine(storeDirectory, "room");

    internal void WriteTo(DurableFile file) => file.Write(
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{(int)Health} {FreeOctets}").PadRight(LineOctets - 1) + "\n"), 0);
}
