using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Mail.Envelopes;

namespace Estafeta.Daemons.Smtpd;

/// <summary>Asks access control about the command in hand. Null, or the reply that refuses it.</summary>
internal sealed partial class SmtpdSession
{
    public OldDefaults OldDefaults => profile.Access.OldDefaults;

    public ValueTask<string?> CheckHeloAsync(string name)
    {
        Subject.Stage = Where;
        Subject.Helo = name;
        return profile.Access.CheckHeloAsync(Subject, Access, CancellationToken);
    }

    public async ValueTask<string?> CheckMailAsync(MailTransaction transaction)
    {
        Subject.Stage = Where;
        (IsLocalClient, var unknown) = await profile.Access.IsLocalClientAsync(Subject, Access, CancellationToken);
        if (unknown != null)
        {
            return unknown;
        }

        Subject.Sender = transaction.Sender;
        Subject.Instance = service.NewInstance();
        Subject.Size = transaction.DeclaredSize;
        Subject.SaslSender = transaction.SaslSender;
        var refusal = await profile.Access.CheckMailAsync(Subject, Access, CancellationToken);
        if (refusal != null)
        {
            Subject.Sender = null;
        }

        return refusal;
    }

    /// <summary>Logs a refusal of MAIL FROM that no restriction made.</summary>
    public string RejectMail(MailTransaction? transaction, string reply)
    {
        Subject.Stage = Where;
        Subject.Sender = transaction?.Sender;
        _ = profile.Access.LogRejection(Subject, Access, reply);
        Subject.Sender = null;
        return reply;
    }

    /// <summary>Logs a refusal of the content that no restriction made.</summary>
    public string RejectContent(string reply)
    {
        Subject.Stage = "END-OF-MESSAGE";
        return profile.Access.LogRejection(Subject, Access, reply);
    }

    public async ValueTask<string?> CheckRcptAsync(MailTransaction transaction, string recipient)
    {
        Subject.Stage = Where;
        Subject.Recipient = recipient;
        Subject.RecipientCount = transaction.RecipientCount;
        var refusal = await profile.Access.CheckRcptAsync(Subject, Access, CancellationToken);
        Subject.Recipient = transaction.FirstRecipient;
        return refusal;
    }

    public async ValueTask<string?> CheckVrfyAsync(string address)
    {
        var inTransaction = Subject.Recipient;
        Subject.Stage = Where;
        Subject.Recipient = address;
        var refusal = await profile.Access.CheckVrfyAsync(Subject, Access, CancellationToken);
        Subject.Recipient = inTransaction;
        return refusal;
    }

    public async ValueTask<string?> CheckEtrnAsync(string site)
    {
        Subject.Stage = Where;
        Subject.EtrnDomain = site;
        var refusal = await profile.Access.CheckEtrnAsync(Subject, Access, CancellationToken);
        Subject.EtrnDomain = null;
        return refusal;
    }

    public ValueTask<string?> CheckDataAsync(MailTransaction transaction)
    {
        Subject.Stage = Where;
        SetRecipients(transaction);
        return profile.Access.CheckDataAsync(Subject, Access, CancellationToken);
    }

    public ValueTask<string?> CheckEndOfMessageAsync(MailTransaction transaction, long size)
    {
        Subject.Stage = "END-OF-MESSAGE";
        SetRecipients(transaction);
        Subject.Size = size > 0 ? size : transaction.DeclaredSize;
        return profile.Access.CheckEndOfMessageAsync(Subject, Access, CancellationToken);
    }

    // Once the recipients are known, one of many is none to name.
    private void SetRecipients(MailTransaction transaction)
    {
        Subject.Recipient = transaction.RecipientCount == 1 ? transaction.FirstRecipient : null;
        Subject.RecipientCount = transaction.RecipientCount;
    }

    /// <summary>Who gave us the message, for the queue.</summary>
    public ClientIdentity ClientIdentity() => new()
    {
        Name = Forwarded is { Name.Length: > 0 } ? Forwarded.Name : Peer.Name,
        Address = Forwarded is { Address.Length: > 0 } ? Forwarded.Address : Peer.Address,
        Port = Forwarded is { Port.Length: > 0 } ? Forwarded.Port : Peer.Port,
        Helo = Forwarded is { Helo.Length: > 0 } ? Forwarded.Helo : HeloName ?? "",
        Protocol = Forwarded is { Protocol.Length: > 0 } ? Forwarded.Protocol : Subject.Protocol,
        ReverseName = Peer.ReverseName,
        SaslMethod = Subject.SaslMethod,
        SaslUsername = Subject.SaslUsername,
        SaslSender = Subject.SaslSender,
        IsLocal = Forwarded?.IsLocal ?? IsLocalClient,
    };

    /// <summary>local_header_rewrite_clients: headers of this client's mail are completed as if it were local.</summary>
    public bool IsLocalClient { get; private set; }
}
