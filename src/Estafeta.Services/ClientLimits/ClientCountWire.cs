using Estafeta.Services.Ipc;

namespace Estafeta.Services.ClientLimits;

/// <summary>
/// The frames between smtpd and anvil. Counting: kind and client; every one is answered, in order, with totals. Closing: client; not
/// answered. A connection of smtpd that ends closes all its clients.
/// </summary>
public static class ClientCountWire
{
    public const string Protocol = "anvil";

    public const byte Count = IpcFrame.FirstOwn;
    public const byte Close = IpcFrame.FirstOwn + 1;
    public const byte Totals = IpcFrame.FirstOwn + 2;

    public static void WriteTotals(WireWriter writer, in ClientTotals totals)
    {
        writer.BeginFrame(Totals);
        writer.Write((long)totals.Connections);
        writer.Write((long)totals.ConnectionRate);
        writer.Write((long)totals.Messages);
        writer.Write((long)totals.Recipients);
        writer.Write((long)totals.NewTlsSessions);
        writer.Write((long)totals.Authentications);
        writer.Write(totals.TimeLeft.Ticks);
        writer.EndFrame();
    }

    public static ClientTotals ReadTotals(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return new ClientTotals(
            reader.ReadInt32(),
            reader.ReadInt32(),
            reader.ReadInt32(),
            reader.ReadInt32(),
            reader.ReadInt32(),
            reader.ReadInt32(),
            TimeSpan.FromTicks(reader.ReadInt64()));
    }
}
