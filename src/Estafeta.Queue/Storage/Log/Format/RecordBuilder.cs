using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage.Log.Bodies;
using Estafeta.Unix.Memory;

namespace Estafeta.Queue.Storage.Log.Format;

/// <summary>Makes the record of a new message, and of a message that moves with what became of its recipients so far.</summary>
internal static class RecordBuilder
{
    public static PendingRecord New(QueueId id, Envelope envelope, LogContentWriter content, QueueName queue)
    {
        var fields = new TlvWriter(256 + (envelope.Recipients.Count * 64));
        try
        {
            EnvelopeCodec.Write(ref fields, envelope);
            var prefix = Buffers.Rent(RecordHeader.Octets + fields.Length);
            fields.Written.CopyTo(prefix.AsSpan(RecordHeader.Octets));
            var entry = new BatchEntry
            {
                IdSeconds = id.Seconds,
                IdMicroseconds = id.Microseconds,
                IdNumber = id.Number,
                Serial = content.Serial,
                ArrivalTicks = envelope.ArrivalTime.UtcTicks,
                DueTicks = envelope.ArrivalTime.UtcTicks,
                ContentOctets = content.Head.WrittenCount + content.BodyOctets,
                Queue = OutcomeJournal.DurableQueue(queue),
                Flags = content.HasFile ? MessageFlags.HasBodyFile : MessageFlags.None,
            };
            return new PendingRecord(entry, prefix, fields.Length, 0, content.Head.WrittenMemory, content.InlineBody);
        }
        finally
        {
            fields.Dispose();
        }
    }

    /// <summary>The record as it was, with newer state. The envelope's octets are copied as they are, fields unknown to us included.</summary>
    public static PendingRecord Moved(in MessageState state, ReadOnlyMemory<byte> record, in RecordHeader header, SortedDictionary<int, DeliveryStatus> outcomes)
    {
        var fields = new TlvWriter(256);
        try
        {
            var list = new List<RecipientOutcome>(outcomes.Count);
            foreach (var (recipient, status) in outcomes)
            {
                list.Add(new RecipientOutcome(recipient, status));
            }

            OutcomeCodec.Write(ref fields, list.ToArray());
            var envelope = header.Envelope(record.Span);
            var prefix = Buffers.Rent(RecordHeader.Octets + envelope.Length + fields.Length);
            envelope.CopyTo(prefix.AsSpan(RecordHeader.Octets));
            fields.Written.CopyTo(prefix.AsSpan(RecordHeader.Octets + envelope.Length));
            var entry = new BatchEntry
            {
                IdSeconds = state.Id.Seconds,
                IdMicroseconds = state.Id.Microseconds,
                IdNumber = state.Id.Number,
                Serial = state.Serial,
                ArrivalTicks = state.ArrivalTicks,
                DueTicks = state.DueTicks,
                ContentOctets = state.ContentOctets,
                Queue = OutcomeJournal.DurableQueue(state.Queue),
                Flags = state.Flags,
                Moves = (ushort)Math.Min(ushort.MaxValue, state.Moves + 1),
            };
            var head = record.Slice(header.HeadOffset, header.HeadOctets);
            var body = record.Slice(header.HeadOffset + header.HeadOctets, header.BodyOctets);
            return new PendingRecord(entry, prefix, envelope.Length, fields.Length, head, body);
        }
        finally
        {
            fields.Dispose();
        }
    }
}
