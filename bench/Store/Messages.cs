using System.Buffers;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;

namespace Estafeta.Bench.Store;

/// <summary>Messages as a relay sees them: a short header, a body of 4 KB, one recipient.</summary>
internal static class Messages
{
    public const int BodyOctets = 4096;

    private static readonly byte[] Head = [.. "Received: from client.example.org (client.example.org [192.0.2.1])\n\tby mail.example.com (Postfix) with ESMTP id 4SVLCh0000z1\nFrom: <sender@example.org>\nTo: <user@example.com>\nSubject: benchmark\nMessage-Id: <1@example.org>\n\n"u8];
    private static readonly byte[] Body = new byte[BodyOctets];
    private static readonly EnvelopeRecipient[] Recipients = [new("user@example.com") { OriginalAddress = "user@example.com" }];
    private static readonly ClientIdentity Client = new() { Name = "client.example.org", Address = "192.0.2.1", Port = "40001", Helo = "client.example.org", Protocol = "ESMTP", ReverseName = "client.example.org" };
    private static int _number;

    public static int ContentOctets => Head.Length + Body.Length;

    public static async Task<QueueId> AcceptAsync(IQueueStore store, QueueName queue)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = QueueId.Create(now, (uint)Interlocked.Increment(ref _number), longForm: true);
        await using var content = store.CreateContent(id);
        content.Head.Write(Head);
        await content.WriteBodyAsync(Body, CancellationToken.None);
        var envelope = new Envelope { Sender = "sender@example.org", Recipients = Recipients, ArrivalTime = now, Client = Client };
        await store.AcceptAsync(id, envelope, content, queue, CancellationToken.None);
        return id;
    }
}
