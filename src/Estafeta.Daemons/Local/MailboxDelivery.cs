using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Mailboxes;
using Estafeta.Unix.Files;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>Delivers to files: a user's mailbox (home_mailbox, mail_spool_directory), and file destinations of aliases and .forward.</summary>
public sealed class MailboxDelivery(LocalSettings settings, MailboxWriter writer, TimeProvider time)
{
    private const int BiffPort = 512;

    public async ValueTask<DeliveryStatus> ToMailboxAsync(Expansion expansion, UserAccount user, MessageSource message)
    {
        var target = settings.HomeMailbox.Length > 0
            ? new MailboxTarget($"{user.HomeDirectory}/{settings.HomeMailbox}", user.Uid, user.Gid)
            : InSpool(user);
        var failure = await writer.WriteAsync(target, Copy(target, expansion), message);
        if (failure == null)
        {
            NotifyBiff(user.Name);
            return Delivered(target.IsMaildir ? "delivered to maildir" : "delivered to mailbox");
        }

        return Failed(failure, target.IsMaildir
            ? $"maildir delivery failed: {failure.Reason}"
            : $"cannot update mailbox {target.Path} for user {user.Name}. {failure.Reason}");
    }

    public async ValueTask<DeliveryStatus> ToFileAsync(string path, Expansion expansion, UserAccount rights, MessageSource message)
    {
        var target = new MailboxTarget(path, rights.Uid, rights.Gid) { IsLockFileOptional = true, Owner = null };
        var failure = await writer.WriteAsync(target, Copy(target, expansion), message);
        if (failure == null)
        {
            return Delivered(target.IsMaildir ? "delivered to maildir" : $"delivered to file: {path}");
        }

        return Failed(failure, target.IsMaildir
            ? $"maildir delivery failed: {failure.Reason}"
            : $"cannot append message to file {path}: {failure.Reason}");
    }

    // Who may make files in the spool directory decides whose identity writes there: everyone, a group (mail), or only root.
    private MailboxTarget InSpool(UserAccount user)
    {
        var directory = settings.MailSpoolDirectory;
        if (directory.EndsWith('/'))
        {
            return new MailboxTarget($"{directory}{user.Name}/", user.Uid, user.Gid);
        }

        var path = $"{directory}/{user.Name}";
        return FileStatus.Find(directory, followsLinks: true) switch
        {
            null or { IsWorldWritable: true } => new MailboxTarget(path, user.Uid, user.Gid),
            { IsGroupWritable: true } status => new MailboxTarget(path, user.Uid, status.Gid),
            _ when !Privileges.IsRoot => new MailboxTarget(path, user.Uid, user.Gid),
            _ => new MailboxTarget(path, 0, 0) { Owner = user.Uid, NewOwner = (user.Uid, user.Gid) },
        };
    }

    private MessageCopy Copy(MailboxTarget target, Expansion expansion) =>
        new(settings.MarksFiles ? target.CopyOptions : target.CopyOptions & ~CopyOptions.DeliveredTo)
        {
            Sender = expansion.Sender,
            OriginalRecipient = expansion.Original,
            DeliveredTo = expansion.DeliveredTo,
            Now = time.GetLocalNow(),
        };

    private static DeliveryStatus Delivered(string reason) => DeliveryStatus.Sent("2.0.0", reason) with { SuccessWord = "delivered" };

    private static DeliveryStatus Failed(DeliveryFailure failure, string reason) =>
        new(failure.Status.IsPermanent ? DeliveryAction.Bounced : DeliveryAction.Deferred, failure.Status, reason);

    // comsat(8): nobody answers, and nobody need be there.
    private void NotifyBiff(string user)
    {
        if (!settings.NotifiesBiff)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.SendTo(Encoding.UTF8.GetBytes($"{user}@0"), new IPEndPoint(IPAddress.Loopback, BiffPort));
        }
        catch (SocketException)
        {
            // The mail is delivered; a missed beep is no trouble.
        }
    }
}
