using Estafeta.Mail.Dsn;
using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Locks;

namespace Estafeta.Services.Mailboxes;

/// <summary>The locks of one mailbox delivery, in Postfix's order: the lock file before the mailbox is opened, kernel locks after.</summary>
internal sealed class MailboxLock(string path, MailboxSettings settings, TimeProvider time) : IDisposable
{
    private static readonly EnhancedStatus Busy = new(4, 2, 0);
    private DotLock? _dotLock;

    /// <summary>Makes the lock file, when the settings ask for one.</summary>
    public DeliveryFailure? TakeLockFile()
    {
        if (!settings.Locks.HasFlag(LockStyles.Dotlock))
        {
            return null;
        }

        var errno = Errno.EEXIST;
        for (var attempt = 1; attempt <= settings.LockAttempts; attempt++)
        {
            if (attempt > 1)
            {
                Thread.Sleep(settings.LockDelay);
            }

            try
            {
                _dotLock = DotLock.TryAcquire(path, settings.StaleLockTime, time);
                if (_dotLock != null)
                {
                    return null;
                }
            }
            catch (UnixException e)
            {
                errno = e.Errno;
                break;
            }
            catch (DirectoryNotFoundException)
            {
                errno = Errno.ENOENT;
                break;
            }
        }

        var failure = DeliveryFailure.Of(errno, "4.2.0", $"unable to create lock file {path}.lock");
        return failure with { Status = failure.Status.IsPermanent ? Busy : failure.Status };
    }

    /// <summary>Locks the open mailbox in the kernel; the locks end with the file.</summary>
    public DeliveryFailure? TakeKernelLocks(DurableFile file)
    {
        foreach (var style in (ReadOnlySpan<LockStyles>)[LockStyles.Flock, LockStyles.Fcntl])
        {
            if (settings.Locks.HasFlag(style) && !TryLock(file, style))
            {
                return new DeliveryFailure(Busy, $"unable to lock for exclusive access: {UnixException.Describe(Errno.EAGAIN)}");
            }
        }

        return null;
    }

    public void Dispose() => _dotLock?.Dispose();

    private bool TryLock(DurableFile file, LockStyles style)
    {
        for (var attempt = 1; attempt <= settings.LockAttempts; attempt++)
        {
            if (attempt > 1)
            {
                Thread.Sleep(settings.LockDelay);
            }

            if (style == LockStyles.Flock ? FileLock.TryFlock(file, exclusive: true) : FileLock.TryFcntl(file, exclusive: true))
            {
                return true;
            }
        }

        return false;
    }
}
