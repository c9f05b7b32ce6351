using Estafeta.Mail.Envelopes;

namespace Estafeta.Daemons.Smtpd;

/// <summary>Asks access control about the command in hand. Null, or the reply that refuses it.</summary>
internal sealed partial class SmtpdSession
{
    public ValueTask<string?> CheckHeloAsync(string name)
    {
        Subject.Stage = Where;
        Subject.Helo = name;
        return profile.Access.CheckHeloAsync(Subject, Access, CancellationToken);
    }

    public ValueTask<string?> CheckMailAsync(MailTransaction transaction)
    {
        Subject.Stage = Where;
        Subject.Sender = transaction.Sender;
        Subject.Size = transaction.DeclaredSize;
        Subject.SaslSender = transaction.SaslSender;
        return profile.Access.CheckMailAsync(Subject, Access, CancellationToken);
    }

    /// <summary>Logs a refusal of MAIL FROM that no restriction made.</summary>
    public string RejectMail(MailTransaction transaction, string reply)
    {
        Subject.Stage = Where;
        Subject.Sender = transaction.Sender;
        return profile.Access.LogRejection(Subject, Access, reply);
    }

    public async ValueTask<string?> CheckRcptAsync(MailTransaction transaction, string recipient)
    {
        Subject.Stage = Where;
        Subject.Recipient = recipient;
        Subject.RecipientCount = transaction.RecipientCount;
        var refusal = await profile.Access.CheckRcptAsync(Subject, Access, CancellationToken);
        Subject.Recipient = transaction.Recipient;
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
        Subject.Recipient = transaction.Recipient;
        Subject.RecipientCount = transaction.RecipientCount;
        return profile.Access.CheckDataAsync(Subject, Access, CancellationToken);
    }

    public ValueTask<string?> CheckEndOfMessageAsync(MailTransaction transaction, long size)
    {
        Subject.Stage = "END-OF-MESSAGE";
        Subject.Recipient = transaction.Recipient;
        Subject.RecipientCount = transaction.RecipientCount;
        Subject.Size = size;
        return profile.Access.CheckEndOfMessageAsync(Subject, Access, CancellationToken);
    }

    /// <summary>Who gave us the message, for the queue.</summary>
    public ClientIdentity ClientIdentity() => new()
    {
        Name = Peer.Name,
        Address = Peer.Address,
        Port = Peer.Port,
        Helo = HeloName ?? "",
        Protocol = Subject.Protocol,
        ReverseName = Peer.ReverseName,
        SaslMethod = Subject.SaslMethod,
        SaslUsername = Subject.SaslUsername,
        SaslSender = Subject.SaslSender,
        IsLocal = IsLocalClient,
    };

    /// <summary>local_header_rewrite_clients: headers of this client's mail are completed as if it were local.</summary>
    public bool IsLocalClient { get; set; }
}
