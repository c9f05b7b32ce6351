using System.Text;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Verify;

/// <summary>A probe: a message like any other up to the last moment, when the delivery agent finds out all but does not send it.</summary>
internal static class ProbeMessage
{
    private static readonly byte[] Content = Encoding.ASCII.GetBytes("Subject: probe\n\nThis is an address verification probe. It is never delivered.\n");

    public static async ValueTask SendAsync(ICleanup cleanup, TimeProvider time, VerifySettings settings, string sender, string recipient, CancellationToken cancellationToken)
    {
        var request = new CleanupRequest
        {
            Sender = sender,
            ArrivalTime = time.GetUtcNow(),
            Client = ClientIdentity.Local with { IsLocal = true },
            IsProbe = true,
            Flags = settings.ProbeFlags,
            Service = settings.CleanupService,
        };
        await using var transaction = await cleanup.BeginAsync(request, cancellationToken);
        transaction.AddRecipient(new EnvelopeRecipient(recipient) { OriginalAddress = recipient });
        await transaction.WriteContentAsync(Content, cancellationToken);

        // A probe that could not be queued is simply not under way: the next question sends another after its lifetime.
        await transaction.CommitAsync(cancellationToken);
    }
}
