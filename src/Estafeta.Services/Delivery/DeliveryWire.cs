using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Delivery;

/// <summary>The delivery protocol: one Request with the content inline or by path, then a Report per recipient and an End, in one send.</summary>
internal static class DeliveryWire
{
    public const string Protocol = "delivery";
    public const byte Request = IpcFrame.FirstOwn;
    public const byte Report = IpcFrame.FirstOwn + 1;
    public const byte End = IpcFrame.FirstOwn + 2;

    public static void WriteRequest(WireWriter writer, DeliveryRequest request)
    {
        writer.BeginFrame(Request);
        writer.Write(request.QueueId);
        writer.Write(request.Transport);
        writer.Write(request.Nexthop);
        writer.Write(request.Sender);
        writer.Write((long)request.Recipients.Count);
        foreach (var recipient in request.Recipients)
        {
            writer.Write((long)recipient.Index);
            writer.Write(recipient.Address);
            writer.Write(recipient.OriginalAddress);
            writer.Write((byte)recipient.Notify);
            writer.WriteOptional(recipient.DsnOriginalRecipient);
        }

        writer.Write(request.ArrivalTime);
        writer.Write(request.ActiveTime);
        writer.Write(request.Client);
        writer.WriteOptional(request.DsnEnvelopeId);
        writer.Write((byte)request.DsnReturn);
        writer.Write(request.Is8Bit);
        writer.Write(request.NeedsSmtpUtf8);
        writer.Write(request.RequireTls);
        writer.Write(request.IsTlsOptional);
        writer.Write((byte)request.Trace);
        writer.Write(request.IsProbe);
        writer.Write(request.DestinationIsBusy);
        writer.Write(request.ContentOctets);
        writer.WriteOptional(request.BodyPath);
        writer.Write(request.BodyOctets);
        writer.Write(request.Head.Span);
        writer.Write(request.Body.Span);
        writer.EndFrame();
    }

    /// <summary>The request's content is a view of the frame.</summary>
    public static DeliveryRequest ReadRequest(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return new DeliveryRequest
        {
            QueueId = reader.ReadString(),
            Transport = reader.ReadString(),
            Nexthop = reader.ReadString(),
            Sender = reader.ReadString(),
            Recipients = ReadRecipients(ref reader),
            ArrivalTime = reader.ReadTime(),
            ActiveTime = reader.ReadTime(),
            Client = reader.ReadClient(),
            DsnEnvelopeId = reader.ReadOptionalString(),
            DsnReturn = (DsnReturn)reader.ReadByte(),
            Is8Bit = reader.ReadBoolean(),
            NeedsSmtpUtf8 = reader.ReadBoolean(),
            RequireTls = reader.ReadBoolean(),
            IsTlsOptional = reader.ReadBoolean(),
            Trace = (TraceRequest)reader.ReadByte(),
            IsProbe = reader.ReadBoolean(),
            DestinationIsBusy = reader.ReadBoolean(),
            ContentOctets = reader.ReadInt64(),
            BodyPath = reader.ReadOptionalString(),
            BodyOctets = reader.ReadInt64(),
            Head = reader.ReadBytes(),
            Body = reader.ReadBytes(),
        };
    }

    public static void WriteReport(WireWriter writer, int recipientIndex, DeliveryStatus status)
    {
        writer.BeginFrame(Report);
        writer.Write((long)recipientIndex);
        writer.Write(status);
        writer.Write((long)(status.Parts?.Count ?? 0));
        foreach (var part in status.Parts ?? [])
        {
            writer.Write(part.Address);
            writer.Write(part.OriginalAddress);
            writer.Write(part.Status);
        }

        writer.EndFrame();
    }

    public static (int RecipientIndex, DeliveryStatus Status) ReadReport(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var recipientIndex = reader.ReadInt32();
        var status = reader.ReadStatus();
        return (recipientIndex, ReadParts(ref reader) is { Length: > 0 } parts ? status with { Parts = parts } : status);
    }

    public static void WriteEnd(WireWriter writer, DeliveryEnd end)
    {
        writer.BeginFrame(End);
        writer.Write(end.DestinationFailure != null);
        if (end.DestinationFailure is { } failure)
        {
            writer.Write(failure);
        }

        writer.EndFrame();
    }

    public static DeliveryEnd ReadEnd(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return new DeliveryEnd(reader.ReadBoolean() ? reader.ReadStatus() : null);
    }

    private static DeliveryPart[] ReadParts(ref WireReader reader)
    {
        var parts = new DeliveryPart[ReadCount(ref reader)];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = new DeliveryPart(reader.ReadString(), reader.ReadString(), reader.ReadStatus());
        }

        return parts;
    }

    private static int ReadCount(ref WireReader reader) =>
        reader.ReadInt32() is >= 0 and <= 100_000 and var count ? count : throw new IpcProtocolException("recipient count out of range");

    private static DeliveryRecipient[] ReadRecipients(ref WireReader reader)
    {
        var count = ReadCount(ref reader);
        var recipients = new DeliveryRecipient[count];
        for (var i = 0; i < count; i++)
        {
            recipients[i] = new DeliveryRecipient(reader.ReadInt32(), reader.ReadString())
            {
                OriginalAddress = reader.ReadString(),
                Notify = (DsnNotify)reader.ReadByte(),
                DsnOriginalRecipient = reader.ReadOptionalString(),
            };
        }

        return recipients;
    }
}
