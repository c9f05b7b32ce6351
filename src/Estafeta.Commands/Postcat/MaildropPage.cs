using System.Globalization;
using System.Text;
using Estafeta.Services.Submission;

namespace Estafeta.Commands.Postcat;

/// <summary>A message of <c>maildrop/</c>, or one like it on standard input, as records of a Postfix queue file.</summary>
internal static class MaildropPage
{
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static async Task ReadAsync(Stream file, RecordPage page)
    {
        var reader = new SubmissionReader(file);
        using var content = new MemoryStream();
        var isExtracted = false;
        page.Begin();
        while (true)
        {
            var (type, octets) = await reader.ReadAsync(CancellationToken.None);
            if (type == SubmissionRecord.Content)
            {
                content.Write(octets.Span);
                continue;
            }

            // Recipients from headers (sendmail -t) come behind the content.
            if (!isExtracted && (content.Length > 0 || type == SubmissionRecord.End))
            {
                page.BeginContent();
                page.Content(content.GetBuffer().AsSpan(0, (int)content.Length));
                page.BeginExtracted();
                isExtracted = true;
            }

            switch (type)
            {
                case 0:
                    throw new InvalidDataException("unexpected end of the message");
                case SubmissionRecord.End:
                    page.End();
                    return;
                default:
                    Show(page, type, Encoding.UTF8.GetString(octets.Span));
                    break;
            }
        }
    }

    private static void Show(RecordPage page, byte type, string text)
    {
        var (name, value) = type switch
        {
            SubmissionRecord.Time => ("message_arrival_time", Time(text)),
            SubmissionRecord.FullName => ("sender_fullname", text),
            SubmissionRecord.Sender => ("sender", text),
            SubmissionRecord.Recipient => ("recipient", text),
            SubmissionRecord.Notify => ("named_attribute", $"notify_flags={text}"),
            _ => ("named_attribute", text),
        };
        page.Envelope(name, value);
    }

    private static string Time(string microseconds) =>
        long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Queue.Administration.EnvelopeRecords.Time(DateTimeOffset.UnixEpoch.AddTicks(number * 10))
            : microseconds;
}
