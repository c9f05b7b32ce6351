using Estafeta.Services.Ipc;

namespace Estafeta.Services.QueueControl;

/// <summary>
/// The protocol of <c>private/queue-control</c>, by which postsuper and postcat ask the running queue process. A request names an
/// operation, the queues, and one ID or all; the answer is one frame per message acted on and a frame at the end.
/// </summary>
public static class QueueControlWire
{
    public const string Protocol = "queue-control";

    /// <summary>Relative to the queue directory. The queue process makes it itself: no entry of master.cf stands for it.</summary>
    public const string SocketPath = "private/queue-control";

    /// <summary>operation, queue selection, ID or empty for all.</summary>
    public const byte Act = IpcFrame.FirstOwn;

    /// <summary>ID: read the message.</summary>
    public const byte Read = IpcFrame.FirstOwn + 1;

    /// <summary>ID of a message acted on.</summary>
    public const byte Done = IpcFrame.FirstOwn + 2;

    /// <summary>Whether the operation is possible.</summary>
    public const byte End = IpcFrame.FirstOwn + 3;

    /// <summary>A piece of the answer to <see cref="Read"/>: the record, then head and body.</summary>
    public const byte Record = IpcFrame.FirstOwn + 4;

    public const byte Content = IpcFrame.FirstOwn + 5;

    public static void WriteAct(WireWriter writer, int operation, int queues, string id)
    {
        writer.BeginFrame(Act);
        writer.Write((byte)operation);
        writer.Write((byte)queues);
        writer.Write(id);
        writer.EndFrame();
    }

    public static void WriteRead(WireWriter writer, string id)
    {
        writer.BeginFrame(Read);
        writer.Write(id);
        writer.EndFrame();
    }
}
