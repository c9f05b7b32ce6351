using System.Globalization;
using System.Text;
using Estafeta.Mail.Envelopes;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Submission;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Daemons.Pickup;

/// <summary>
/// Takes one maildrop file. The files were made by users: nothing is believed but the owner. A file goes when its message is safe in the
/// queue, or when it can never be one; it stays when cleanup is in trouble.
/// </summary>
internal sealed class MaildropCollector(PickupSettings settings, ICleanup cleanup, IMailLog log, TimeProvider time)
{
    private const uint CompleteMode = 0x1C0; // u+rwx: postdrop sets the execute bit last

    public async ValueTask CollectAsync(string name)
    {
        var path = Path.Combine(settings.Directory, name);
        try
        {
            if (await TryCollectAsync(path))
            {
                File.Delete(path);
            }
        }
        catch (InvalidDataException e)
        {
            log.Warning($"{path}: {e.Message}: removed");
            File.Delete(path);
        }
        catch (UnixException e) when (e.Errno == Errno.ENOENT)
        {
            // Somebody removed it: postsuper, or the user who sent it.
        }
        catch (IOException e)
        {
            log.Warning($"{path}: {e.Message}");
        }
    }

    /// <returns>Whether the file is done with.</returns>
    private async ValueTask<bool> TryCollectAsync(string path)
    {
        using var file = DurableFile.Open(path, OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking);

        // During a reload two generations look; the lock says who takes it, the link count whether it is taken.
        if (!file.TryLockExclusively())
        {
            return false;
        }

        var status = file.GetStatus();
        if (!status.IsRegular || status.Links == 0 || (status.Mode & CompleteMode) != CompleteMode)
        {
            return false;
        }

        if (status.Links != 1 || status.IsGroupWritable || status.IsWorldWritable)
        {
            throw new InvalidDataException($"uid={Text(status.Uid)}: bad file mode or link count");
        }

        await using var content = new DurableFileStream(file);
        var reader = new SubmissionReader(content);
        var grammar = new SubmissionGrammar();
        var message = new SubmittedMessage();
        var recipients = new List<EnvelopeRecipient>();
        var (type, octets) = await ReadAsync(reader, grammar);
        while (type is not (SubmissionRecord.Content or SubmissionRecord.End))
        {
            if (message.Add(type, octets.Span) is { } recipient)
            {
                recipients.Add(recipient);
            }

            (type, octets) = await ReadAsync(reader, grammar);
        }

        await using var transaction = await cleanup.BeginAsync(Request(message), CancellationToken.None);
        log.Info($"{transaction.QueueId}: uid={Text(status.Uid)} from=<{settings.Addresses.Of(message.Sender)}>");
        recipients.ForEach(transaction.AddRecipient);
        await transaction.WriteContentAsync(settings.ReceivedHeader(transaction.QueueId, status.Uid, time), CancellationToken.None);
        while (type != SubmissionRecord.End)
        {
            if (type == SubmissionRecord.Content)
            {
                await transaction.WriteContentAsync(octets, CancellationToken.None);
            }
            else if (message.Add(type, octets.Span) is { } recipient)
            {
                transaction.AddRecipient(recipient);
            }

            (type, octets) = await ReadAsync(reader, grammar);
        }

        return IsDone(path, await transaction.CommitAsync(CancellationToken.None));
    }

    private static async ValueTask<(byte Type, ReadOnlyMemory<byte> Octets)> ReadAsync(SubmissionReader reader, SubmissionGrammar grammar)
    {
        var (type, octets) = await reader.ReadAsync(CancellationToken.None);
        return type == SubmissionRecord.Time || grammar.Accept(type, octets.Span)
            ? (type, octets)
            : throw new InvalidDataException($"unexpected record type {Text(type)}");
    }

    private CleanupRequest Request(SubmittedMessage message) => new()
    {
        Sender = message.Sender,
        ArrivalTime = message.Time ?? time.GetUtcNow(),
        Client = ClientIdentity.Local with { IsLocal = !message.IsRelayed },
        FullName = message.FullName,
        Is8Bit = message.Is8Bit,
        ContentFilter = settings.ContentFilter,
        DsnEnvelopeId = message.EnvelopeId,
        DsnReturn = message.Return,
        NeedsSmtpUtf8 = message.NeedsSmtpUtf8 == true,
        RequireTls = message.RequireTls,
        Trace = message.Trace,
        Verp = message.Verp,
        Service = settings.CleanupServiceName,
        Flags = settings.Overrides | CleanupFlags.BounceOnError | (message.IsRelayed ? CleanupFlags.None : settings.SigningOrigins.FlagFor(SigningOrigins.Sendmail))
            | (message.NeedsSmtpUtf8 == null ? settings.ClassFlags : CleanupFlags.None),
    };

    private bool IsDone(string path, CleanupResult result)
    {
        switch (result.Outcome)
        {
            case CleanupOutcome.Ok:
                return true;
            case CleanupOutcome.Temporary:
                return false; // cleanup has said why
            case CleanupOutcome.NoSpace or CleanupOutcome.WriteError:
                log.Warning($"{path}: error writing mail: {(result.Text.Length > 0 ? result.Text : result.Outcome.ToString())}");
                return false;
            default:
                log.Warning($"{path}: message rejected: {(result.Text.Length > 0 ? result.Text : result.Outcome.ToString())}: removed");
                return true;
        }
    }

    private static string Text(uint number) => number.ToString(CultureInfo.InvariantCulture);
}
