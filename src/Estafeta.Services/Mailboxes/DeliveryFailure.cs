using Estafeta.Mail.Dsn;
using Estafeta.Unix;

namespace Estafeta.Services.Mailboxes;

/// <summary>Why a mailbox could not be written: the code as local(8) uses it, and the reason without the name of the mailbox.</summary>
public sealed record DeliveryFailure(EnhancedStatus Status, string Reason)
{
    /// <summary>The operator should check whether the directories are there and belong to the recipient.</summary>
    public bool IsAccessProblem { get; init; }

    /// <summary>strict_mailbox_ownership.</summary>
    public bool IsOwnershipProblem { get; init; }

    public bool IsOverQuota => Status is { Class: 5, Subject: 2, Detail: 2 };

    /// <summary>The code of a system error: quota and size limits are the recipient's, a full disk is ours, the rest as the caller says.</summary>
    public static DeliveryFailure Of(int errno, string otherwise, string doing) => new(
        EnhancedStatus.Parse(errno switch
        {
            Errno.EAGAIN or Errno.ESTALE => "4.2.0",
            Errno.ENOSPC => "4.3.0",
            Errno.EDQUOT or Errno.EFBIG => "5.2.2",
            _ => otherwise,
        }),
        $"{doing}: {UnixException.Describe(errno)}")
    {
        IsAccessProblem = errno is Errno.EACCES or Errno.ENOENT,
    };
}
