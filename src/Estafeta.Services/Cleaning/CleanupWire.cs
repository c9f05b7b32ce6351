using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// The cleanup protocol: Begin, Recipient*, Edit*, Content*, then Commit or Abort, in any mixture of frames per send; the
/// service answers a Commit with one Result; before that it may speak to the client's milters (<see cref="MilterRelay"/>). Or the connection
/// carries Batches of such messages, each with a number, and Results, which say how many batches are done with and give numbers and answers.
/// The greeting and each answer carry the number of a next queue ID.
/// </summary>
internal static class CleanupWire
{
    public const string Protocol = "cleanup";
    public const byte Begin = IpcFrame.FirstOwn;
    public const byte Recipient = IpcFrame.FirstOwn + 1;
    public const byte Edit = IpcFrame.FirstOwn + 2;
    public const byte Content = IpcFrame.FirstOwn + 3;
    public const byte Commit = IpcFrame.FirstOwn + 4;
    public const byte Abort = IpcFrame.FirstOwn + 5;
    public const byte Result = IpcFrame.FirstOwn + 6;
    public const byte Milters = IpcFrame.FirstOwn + 7;
    public const byte MilterWrite = IpcFrame.FirstOwn + 8;
    public const byte MilterRead = IpcFrame.FirstOwn + 9;
    public const byte MilterClose = IpcFrame.FirstOwn + 10;
    public const byte MilterData = IpcFrame.FirstOwn + 11;
    public const byte MilterTurns = IpcFrame.FirstOwn + 12;
    public const byte MilterTurnsTaken = IpcFrame.FirstOwn + 13;

    public const byte Batch = IpcFrame.FirstOwn + 14;
    public const byte Results = IpcFrame.FirstOwn + 15;

    public static void WriteBegin(WireWriter writer, CleanupRequest request, QueueId id)
    {
        writer.BeginFrame(Begin);
        writer.Write(id.ToString());
        writer.Write(request.Sender);
        writer.Write(request.ArrivalTime);
        writer.Write(request.Client);
        writer.WriteOptional(request.DsnEnvelopeId);
        writer.Write((byte)request.DsnReturn);
        writer.Write(request.FullName);
        writer.Write(request.Is8Bit);
        writer.WriteOptional(request.ContentFilter);
        writer.Write(request.NeedsSmtpUtf8);
        writer.Write(request.RequireTls);
        writer.Write((byte)request.Trace);
        writer.Write(request.IsProbe);
        writer.WriteOptional(request.Verp);
        writer.Write((long)request.Flags);
        writer.Write(request.Service);
        writer.EndFrame();
    }

    public static CleanupRequest ReadBegin(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        if (!QueueId.TryParse(reader.ReadString(), out var id))
        {
            throw new IpcProtocolException("malformed queue ID");
        }

        return new CleanupRequest
        {
            QueueId = id,
            Sender = reader.ReadString(),
            ArrivalTime = reader.ReadTime(),
            Client = reader.ReadClient(),
            DsnEnvelopeId = reader.ReadOptionalString(),
            DsnReturn = (DsnReturn)reader.ReadByte(),
            FullName = reader.ReadString(),
            Is8Bit = reader.ReadBoolean(),
            ContentFilter = reader.ReadOptionalString(),
            NeedsSmtpUtf8 = reader.ReadBoolean(),
            RequireTls = reader.ReadBoolean(),
            Trace = (TraceRequest)reader.ReadByte(),
            IsProbe = reader.ReadBoolean(),
            Verp = reader.ReadOptionalString(),
            Flags = (CleanupFlags)reader.ReadInt32(),
            Service = reader.ReadString(),
        };
    }

    public static void WriteAnswer(WireWriter writer, CleanupResult result, uint nextNumber)
    {
        writer.Write((byte)result.Outcome);
        writer.Write(result.Text);
        writer.Write((long)nextNumber);
    }

    public static CommitAnswer ReadAnswer(ref WireReader reader)
    {
        var result = new CleanupResult((CleanupOutcome)reader.ReadByte(), reader.ReadString());
        return new CommitAnswer(result, (uint)reader.ReadInt64());
    }
}

/// <param name="NextNumber">For the queue ID of the message after it.</param>
internal readonly record struct CommitAnswer(CleanupResult Result, uint NextNumber);
