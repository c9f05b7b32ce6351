using System.Text;
using Estafeta.Daemons.Smtpd.Proxy;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>Opens the transaction with cleanup, which gives the message its queue ID, and logs the <c>client=</c> line.</summary>
internal static class CleanupOpening
{
    /// <summary>The queue, or the filter in its place, did not do its part: the client comes again.</summary>
    public const string WriteError = "451 4.3.0 Error: queue file write error";

    /// <summary>Does nothing when it is open already. The reply when neither cleanup nor the before-queue filter in its place will do.</summary>
    public static async ValueTask<string?> OpenAsync(SmtpdSession session, MailTransaction transaction)
    {
        if (transaction.Proxy is { } proxy)
        {
            return proxy.IsOpen ? null : await OpenProxyAsync(session, transaction, proxy);
        }

        return transaction.Cleanup != null || await OpenCleanupAsync(session, transaction) ? null : WriteError;
    }

    private static async ValueTask<string?> OpenProxyAsync(SmtpdSession session, MailTransaction transaction, ProxyTransaction proxy)
    {
        var refusal = await proxy.OpenAsync();
        if (refusal == null)
        {
            session.Log.Info(ClientLine(session, transaction));
        }

        return refusal;
    }

    private static async ValueTask<bool> OpenCleanupAsync(SmtpdSession session, MailTransaction transaction)
    {
        var service = session.Service;
        try
        {
            var flags = service.CleanupFlags | await service.OwnClients.FlagForAsync(session);
            transaction.Cleanup = await service.Cleanup.BeginAsync(Request(session, transaction, flags), session.CancellationToken);
        }
        catch (IOException trouble)
        {
            session.Log.Warning($"unable to connect to the public {session.Settings.CleanupServiceName} service: {trouble.Message}");
            return false;
        }

        transaction.QueueId = transaction.Cleanup.QueueId.ToString();
        session.Subject.QueueId = transaction.QueueId;
        session.Log.Info(ClientLine(session, transaction));
        return true;
    }

    /// <summary>Hands over what access actions decided since the last call.</summary>
    public static void PassEffects(SmtpdSession session, MailTransaction transaction)
    {
        PassMilterEdits(transaction);
        foreach (var edit in session.Access.TakeEdits())
        {
            if (edit.Kind == EnvelopeEditKind.PrependHeader)
            {
                transaction.PrependedHeaders.Add(edit.Value);
            }
            else
            {
                transaction.IsDiscarded |= edit.Kind == EnvelopeEditKind.Discard;
                transaction.Cleanup?.AddEdit(edit);
            }
        }
    }

    private static void PassMilterEdits(MailTransaction transaction)
    {
        if (transaction.Cleanup == null)
        {
            return;
        }

        foreach (var edit in transaction.MilterEdits)
        {
            transaction.Cleanup.AddEdit(edit);
        }

        transaction.MilterEdits.Clear();
    }

    private static CleanupRequest Request(SmtpdSession session, MailTransaction transaction, CleanupFlags flags) => new()
    {
        Sender = transaction.Sender,
        ArrivalTime = session.Service.Time.GetUtcNow(),
        Client = session.ClientIdentity(),
        DsnEnvelopeId = transaction.DsnEnvelopeId,
        DsnReturn = transaction.DsnReturn,
        Is8Bit = transaction.Is8Bit,
        ContentFilter = session.Service.ContentFilter,
        NeedsSmtpUtf8 = transaction.DeclaredSmtpUtf8,
        RequireTls = transaction.RequireTls,
        Verp = transaction.Verp,
        Flags = flags,
        Service = session.Settings.CleanupServiceName,
    };

    private static string ClientLine(SmtpdSession session, MailTransaction transaction)
    {
        var line = new StringBuilder(96).Append(transaction.QueueId ?? "NOQUEUE").Append(": client=").Append(session.Peer.NameAddress);
        var client = session.ClientIdentity();
        if (client.SaslMethod.Length > 0)
        {
            line.Append(", sasl_method=").Append(client.SaslMethod);
        }

        if (client.SaslUsername.Length > 0)
        {
            line.Append(", sasl_username=").Append(client.SaslUsername);
        }

        if (client.SaslSender.Length > 0)
        {
            line.Append(", sasl_sender=").Append(client.SaslSender);
        }

        return session.Forwarded?.AppendTo(line).ToString() ?? line.ToString();
    }
}
