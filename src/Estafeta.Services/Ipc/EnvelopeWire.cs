using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Services.Ipc;

/// <summary>The parts of an envelope that several protocols carry, written and read in one place each.</summary>
public static class EnvelopeWire
{
    public static void Write(this WireWriter writer, ClientIdentity client)
    {
        writer.Write(client.Name);
        writer.Write(client.Address);
        writer.Write(client.Port);
        writer.Write(client.Helo);
        writer.Write(client.Protocol);
        writer.Write(client.ReverseName);
        writer.Write(client.SaslMethod);
        writer.Write(client.SaslUsername);
        writer.Write(client.SaslSender);
        writer.Write(client.IsLocal);
    }

    public static ClientIdentity ReadClient(this ref WireReader reader) => new()
    {
        Name = reader.ReadString(),
        Address = reader.ReadString(),
        Port = reader.ReadString(),
        Helo = reader.ReadString(),
        Protocol = reader.ReadString(),
        ReverseName = reader.ReadString(),
        SaslMethod = reader.ReadString(),
        SaslUsername = reader.ReadString(),
        SaslSender = reader.ReadString(),
        IsLocal = reader.ReadBoolean(),
    };

    public static void Write(this WireWriter writer, EnvelopeRecipient recipient)
    {
        writer.Write(recipient.Address);
        writer.Write(recipient.OriginalAddress);
        writer.Write((byte)recipient.Notify);
        writer.WriteOptional(recipient.DsnOriginalRecipient);
    }

    public static EnvelopeRecipient ReadRecipient(this ref WireReader reader) => new(reader.ReadString())
    {
        OriginalAddress = reader.ReadString(),
        Notify = (DsnNotify)reader.ReadByte(),
        DsnOriginalRecipient = reader.ReadOptionalString(),
    };

    public static void Write(this WireWriter writer, DeliveryStatus status)
    {
        writer.Write((byte)status.Action);
        writer.Write(status.Status.Class);
        writer.Write((long)status.Status.Subject);
        writer.Write((long)status.Status.Detail);
        writer.Write(status.Reason);
        writer.Write(status.Relay);
        writer.WriteOptional(status.RemoteMta);
        writer.WriteOptional(status.DiagnosticType);
        writer.WriteOptional(status.Diagnostic);
        writer.WriteOptional(status.SuccessWord);
    }

    public static DeliveryStatus ReadStatus(this ref WireReader reader)
    {
        var action = (DeliveryAction)reader.ReadByte();
        var code = new EnhancedStatus(reader.ReadByte(), (ushort)reader.ReadInt64(), (ushort)reader.ReadInt64());
        return new DeliveryStatus(action, code, reader.ReadString())
        {
            Relay = reader.ReadString(),
            RemoteMta = reader.ReadOptionalString(),
            DiagnosticType = reader.ReadOptionalString(),
            Diagnostic = reader.ReadOptionalString(),
            SuccessWord = reader.ReadOptionalString(),
        };
    }
}
