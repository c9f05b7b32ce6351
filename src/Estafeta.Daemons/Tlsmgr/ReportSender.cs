using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Mail.Envelopes;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Tlsmgr;

/// <summary>
/// Sends the reports of ended days where each domain's record wants them (RFC 8460 §3), by mail or HTTPS. Some hours after midnight UTC, at
/// a time of our own; what could not be sent is tried again every hour for a day, then dropped.
/// </summary>
internal sealed class ReportSender(TlsmgrSettings settings, ReportBook book, DnsResolver resolver, HttpsClient https, ICleanup cleanup, IMailLog log, TimeProvider time)
{
    /// <summary>RFC 8460 §4.1: not everybody at midnight.</summary>
    private static readonly TimeSpan SpreadTime = TimeSpan.FromHours(4);

    private static readonly TimeSpan GiveUpTime = TimeSpan.FromDays(1);
    private static readonly TimeSpan PostTimeout = TimeSpan.FromMinutes(2);

    // Ours, every day: two reports are a day apart.
    private readonly TimeSpan _delay = SpreadTime * (SHA256.HashData(Encoding.UTF8.GetBytes(settings.Organization))[0] / 256.0);

    /// <summary>Sends what is due, or with <paramref name="isEarly"/> all of ended days; returns how many reports are done with.</summary>
    public async ValueTask<int> SendAsync(bool isEarly, CancellationToken cancellationToken)
    {
        var done = 0;
        foreach (var date in book.EndedDays())
        {
            var due = new DateTimeOffset(date.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) + _delay;
            var now = time.GetUtcNow();
            if (now < due && !isEarly)
            {
                continue;
            }

            foreach (var tally in book.Domains(date))
            {
                if (await SendAsync(date, tally, cancellationToken) || now - due >= GiveUpTime)
                {
                    book.Remove(date, tally.Domain);
                    done++;
                }
            }
        }

        return done;
    }

    /// <returns>False when it should be tried again.</returns>
    private async ValueTask<bool> SendAsync(DateOnly date, TlsTally tally, CancellationToken cancellationToken)
    {
        var answer = await resolver.QueryAsync(TlsReportRecord.Name(tally.Domain), DnsRecordType.TXT, cancellationToken);
        if (answer.Outcome == DnsOutcome.Trouble)
        {
            return false;
        }

        var targets = TlsReportRecord.FindTargets(answer.Records.OfType<DnsTextRecord>().Select(record => record.Text));
        if (targets.Count == 0 || settings.ReportSender.Length == 0)
        {
            return true;
        }

        var report = ReportBook.MakeReport(date, [tally], settings.Organization, settings.ReportSender, $"{date:yyyy-MM-dd}.{tally.Domain}@{settings.Organization}");
        var compressed = Compress(report.ToJson());
        var isSent = true;
        foreach (var target in targets)
        {
            isSent &= target.Scheme == "https"
                ? await PostAsync(target, tally.Domain, compressed, cancellationToken)
                : await MailAsync(target, report, tally.Domain, compressed, cancellationToken);
        }

        return isSent;
    }

    private async ValueTask<bool> PostAsync(Uri target, string domain, byte[] compressed, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await https.PostAsync(target, "application/tlsrpt+gzip", compressed, PostTimeout, cancellationToken);
            var isTaken = answer.Status is >= 200 and < 300;
            log.Info($"TLS report for {domain}: {target.Host} answered {answer.Status}");
            return isTaken || answer.Status is >= 400 and < 500; // "no" is an answer too
        }
        catch (HttpsException e)
        {
            log.Warning($"TLS report for {domain}: {e.Message}");
            return false;
        }
    }

    private async ValueTask<bool> MailAsync(Uri target, TlsReport report, string domain, byte[] compressed, CancellationToken cancellationToken)
    {
        var recipient = Uri.UnescapeDataString(target.OriginalString["mailto:".Length..].Split('?')[0]);
        if (!recipient.Contains('@', StringComparison.Ordinal) || recipient.Any(static c => c is <= ' ' or >= '\x7f' or '<' or '>' or ','))
        {
            return true; // nowhere to send it, today or later
        }

        var request = new CleanupRequest
        {
            Sender = settings.ReportSender,
            ArrivalTime = time.GetUtcNow(),
            Flags = settings.CleanupFlags,
        };
        try
        {
            await using var transaction = await cleanup.BeginAsync(request, cancellationToken);
            transaction.AddRecipient(new EnvelopeRecipient(recipient) { OriginalAddress = recipient });
            await transaction.WriteContentAsync(ReportMessage.Compose(report, compressed, settings.Organization, domain, recipient), cancellationToken);
            var result = await transaction.CommitAsync(cancellationToken);
            log.Info($"TLS report for {domain}: {(result.Outcome == CleanupOutcome.Ok ? $"queued as {transaction.QueueId}" : result.Text)}");
            return result.Outcome is CleanupOutcome.Ok or CleanupOutcome.Rejected or CleanupOutcome.TooBig;
        }
        catch (IOException e)
        {
            log.Warning($"TLS report for {domain}: {e.Message}");
            return false;
        }
    }

    private static byte[] Compress(byte[] json)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal))
        {
            gzip.Write(json);
        }

        return buffer.ToArray();
    }
}
