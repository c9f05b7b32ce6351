using Estafeta.Services.Ipc;

namespace Estafeta.Services.QueueControl;

/// <summary>A message's place and envelope as postcat shows them.</summary>
/// <param name="Queue"><c>deferred</c>…</param>
/// <param name="Records">Record names and values in order.</param>
public sealed record QueueControlRecord(string Queue, IReadOnlyList<KeyValuePair<string, string>> Records)
{
    public void Write(WireWriter writer)
    {
        writer.BeginFrame(QueueControlWire.Record);
        writer.Write(Queue);
        writer.Write((long)Records.Count);
        foreach (var (name, value) in Records)
        {
            writer.Write(name);
            writer.Write(value);
        }

        writer.EndFrame();
    }

    public static QueueControlRecord Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var queue = reader.ReadString();
        var records = new KeyValuePair<string, string>[reader.ReadInt32()];
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = new(reader.ReadString(), reader.ReadString());
        }

        return new QueueControlRecord(queue, records);
    }
}
