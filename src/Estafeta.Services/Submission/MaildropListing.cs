using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Services.Submission;

/// <summary>
/// The messages in <c>maildrop/</c> that pickup has not taken yet, for the listing of the queue. Only envelopes are read; a file that is
/// being written, taken or is none of ours is passed over.
/// </summary>
public static class MaildropListing
{
    public static async IAsyncEnumerable<MaildropMessage> ListAsync(string directory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] paths;
        try
        {
            paths = Directory.GetFiles(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Listed is what may be read.
            yield break;
        }

        foreach (var path in paths.Order(StringComparer.Ordinal))
        {
            if (await ReadAsync(path, cancellationToken) is { } message)
            {
                yield return message;
            }
        }
    }

    private static async ValueTask<MaildropMessage?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var file = DurableFile.Open(path, OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking);
            var status = file.GetStatus();
            if (!status.IsRegular)
            {
                return null;
            }

            await using var stream = new DurableFileStream(file);
            return await ReadAsync(Path.GetFileName(path), status.Length, stream, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnixException or InvalidDataException)
        {
            // Gone meanwhile, not ours to read, or not a message.
            return null;
        }
    }

    private static async ValueTask<MaildropMessage?> ReadAsync(string name, long octetsOfFile, Stream file, CancellationToken cancellationToken)
    {
        var reader = new SubmissionReader(file);
        var sender = "";
        var time = DateTimeOffset.UnixEpoch;
        var recipients = new List<string>();
        while (true)
        {
            var (type, octets) = await reader.ReadAsync(cancellationToken);
            switch (type)
            {
                case SubmissionRecord.Time when long.TryParse(Encoding.ASCII.GetString(octets.Span), NumberStyles.None, CultureInfo.InvariantCulture, out var micros):
                    time = DateTimeOffset.UnixEpoch.AddTicks(micros * 10);
                    break;
                case SubmissionRecord.Sender:
                    sender = Encoding.UTF8.GetString(octets.Span);
                    break;
                case SubmissionRecord.Recipient:
                    recipients.Add(Encoding.UTF8.GetString(octets.Span));
                    break;
                case SubmissionRecord.Content or SubmissionRecord.End:
                    return new MaildropMessage(name, time, octetsOfFile, sender, recipients);
                case 0:
                    return null;
            }
        }
    }
}

/// <param name="Name">Of the file; stands for a queue ID.</param>
/// <param name="Octets">Size of the file.</param>
public sealed record MaildropMessage(string Name, DateTimeOffset Time, long Octets, string Sender, IReadOnlyList<string> Recipients);
