using Estafeta.Mail.Dsn;
using Estafeta.Services.Logging;
using Estafeta.Unix.Identity;

namespace Estafeta.Services.Mailboxes;

/// <summary>Delivers to a mailbox or Maildir as a user, and logs what an operator should look at. Shared by local and virtual.</summary>
public sealed class MailboxWriter(MailboxSettings settings, IMailLog log, TimeProvider time)
{
    /// <summary>Null when the message is delivered and on disk.</summary>
    public async Task<DeliveryFailure?> WriteAsync(MailboxTarget target, MessageCopy copy, MessageSource message)
    {
        var failure = await ThreadIdentity.RunAsync(target.Uid, target.Gid, [target.Gid], () => Write(target, copy, message));
        if (failure is { IsAccessProblem: true } && target.IsMaildir)
        {
            log.Warning($"maildir access problem for UID/GID={target.Uid}/{target.Gid}: {failure.Reason}");
            log.Warning("perhaps you need to create the maildirs in advance");
        }
        else if (failure is { IsOwnershipProblem: true })
        {
            log.Warning("specify \"strict_mailbox_ownership = no\" to ignore mailbox ownership mismatch");
        }

        return failure;
    }

    private DeliveryFailure? Write(MailboxTarget target, MessageCopy copy, MessageSource message)
    {
        if (target.IsMaildir)
        {
            return new Maildir(settings, time).Deliver(target.Path, copy, message);
        }

        var file = new MailboxFile(settings, time)
        {
            IsLockFileOptional = target.IsLockFileOptional,
            NewOwner = target.NewOwner,
            Warn = log.Warning,
        };
        return file.Append(target.Path, target.Owner, copy, message);
    }
}

/// <param name="Path">A name ending in a slash is a Maildir.</param>
/// <param name="Uid">Whose identity writes.</param>
public sealed record MailboxTarget(string Path, uint Uid, uint Gid)
{
    public bool IsMaildir => Path.EndsWith('/');

    /// <summary>
    /// Whose the mailbox must be (strict_mailbox_ownership); the writer's unless a spool directory makes us write as somebody else. Null: anybody's, as for
    /// a file that an alias or a .forward names.
    /// </summary>
    public uint? Owner { get; init; } = Uid;

    /// <inheritdoc cref="MailboxFile.NewOwner"/>
    public (uint Uid, uint Gid)? NewOwner { get; init; }

    /// <inheritdoc cref="MailboxFile.IsLockFileOptional"/>
    public bool IsLockFileOptional { get; init; }

    /// <summary>What Postfix prepends in this kind of mailbox.</summary>
    public CopyOptions CopyOptions => IsMaildir ? CopyOptions.Maildir : CopyOptions.Mailbox;
}
