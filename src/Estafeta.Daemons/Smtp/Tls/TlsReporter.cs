using System.Globalization;
using System.Net;
using Estafeta.Net.Tls;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Tells tlsmgr, or a collector outside, what became of each attempt at TLS (smtp_tlsrpt_enable, RFC 8460 §4.3). A report that cannot be filed costs a log
/// line, never the mail.
/// </summary>
/// <param name="file">Throws <see cref="IOException"/> when it cannot.</param>
/// <param name="reportsResumed">Sessions that were resumed count, too.</param>
/// <param name="log">For trouble.</param>
internal sealed class TlsReporter(Func<TlsOutcome, CancellationToken, ValueTask> file, bool reportsResumed, IMailLog log)
{
    private const int MaximumText = 200;

    /// <summary>No server was asked: its name is not the policy's, TLSA records cannot be had.</summary>
    public ValueTask WithoutSessionAsync(TlsPolicy policy, ServerAddress? server, string resultType, string detail, CancellationToken cancellationToken) =>
        policy.Report is { } report
            ? FileAsync(report.Outcome(server, resultType) with { AdditionalInformation = Shortened(detail) }, cancellationToken)
            : ValueTask.CompletedTask;

    public ValueTask NotOfferedAsync(SmtpSession session, TlsPolicy policy, CancellationToken cancellationToken) =>
        FailedAsync(session, policy, "starttls-not-supported", "", "", cancellationToken);

    public ValueTask HandshakeFailedAsync(SmtpSession session, TlsPolicy policy, Exception failure, CancellationToken cancellationToken) =>
        FailedAsync(session, policy, "validation-failure", "TLS handshake failure", (failure as TlsException)?.Reason ?? failure.Message, cancellationToken);

    /// <param name="isMatched">The certificate does for the policy, or would do for the one that is tested.</param>
    public ValueTask FinishedAsync(SmtpSession session, TlsPolicy policy, TlsParameters parameters, bool isMatched, CancellationToken cancellationToken)
    {
        if (policy.Report is not { } report || (parameters.IsResumed && !reportsResumed))
        {
            return ValueTask.CompletedTask;
        }

        return isMatched
            ? FileAsync(report.Outcome(session.Server, ""), cancellationToken)
            : FailedAsync(session, policy, ResultType(parameters, policy), parameters.VerifyError, "", cancellationToken);
    }

    private ValueTask FailedAsync(SmtpSession session, TlsPolicy policy, string resultType, string detail, string reason, CancellationToken cancellationToken) =>
        policy.Report is not { } report
            ? ValueTask.CompletedTask
            : FileAsync(
                report.Outcome(session.Server, resultType) with
                {
                    SendingAddress = (session.Connection.Socket.LocalEndPoint as IPEndPoint)?.Address.ToString() ?? "",
                    AdditionalInformation = Shortened(detail),
                    ReasonCode = Shortened(reason),
                },
                cancellationToken);

    private static string ResultType(TlsParameters parameters, TlsPolicy policy)
    {
        const int NotYetValid = 9;
        const int Expired = 10;
        const int HostnameMismatch = 62;
        return policy.StsFailure.Length > 0 ? policy.StsFailure : policy.Tlsa.Count > 0 ? "validation-failure" : parameters.VerifyErrorNumber switch
        {
            NotYetValid or Expired => "certificate-expired",
            HostnameMismatch => "certificate-host-mismatch",
            0 => "validation-failure",
            _ => "certificate-not-trusted",
        };
    }

    private static string Shortened(string text) =>
        text.Length <= MaximumText ? text : string.Create(CultureInfo.InvariantCulture, $"{text.AsSpan(0, MaximumText)}...");

    private async ValueTask FileAsync(TlsOutcome outcome, CancellationToken cancellationToken)
    {
        try
        {
            await file(outcome, cancellationToken);
        }
        catch (IOException e)
        {
            log.Warning($"cannot file TLS report for {outcome.Domain}: {e.Message}");
        }
    }
}
