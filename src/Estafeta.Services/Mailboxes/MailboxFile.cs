using Estafeta.Mail.Dsn;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Services.Mailboxes;

/// <summary>
/// Appends a message to a UNIX mailbox, or to whatever a file destination names. All or nothing: the file is locked, and cut back to its old
/// length when writing fails. Runs on the thread that has the recipient's identity; blocks.
/// </summary>
public sealed class MailboxFile(MailboxSettings settings, TimeProvider time)
{
    private const UnixFileMode NewFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>A destination from an alias or .forward: when no lock file can be made it is written without one.</summary>
    public bool IsLockFileOptional { get; init; }

    /// <summary>Given to a mailbox that is made by a delivery under another identity (a spool directory only root or a group may write).</summary>
    public (uint Uid, uint Gid)? NewOwner { get; init; }

    public Action<string> Warn { get; init; } = static _ => { };

    /// <param name="owner">Whose the mailbox must be.</param>
    /// <returns>Null when the message is in the mailbox and on disk.</returns>
    public DeliveryFailure? Append(string path, uint? owner, MessageCopy copy, MessageSource message)
    {
        try
        {
            return FileStatus.Find(path, followsLinks: true) is { IsRegular: false, IsDirectory: false } && IsLockFileOptional
                ? WriteDevice(path, copy, message)
                : AppendLocked(path, owner, copy, message);
        }
        catch (UnixException e)
        {
            return DeliveryFailure.Of(e.Errno, "5.2.0", "cannot open file");
        }
    }

    private static DeliveryFailure? WriteDevice(string path, MessageCopy copy, MessageSource message)
    {
        using var device = DurableFile.Open(path, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        try
        {
            copy.WriteTo(message, device.Append);
            return null;
        }
        catch (UnixException e)
        {
            return DeliveryFailure.Of(e.Errno, "5.2.0", "error writing message");
        }
    }

    private DeliveryFailure? AppendLocked(string path, uint? owner, MessageCopy copy, MessageSource message)
    {
        using var locks = new MailboxLock(path, settings, time);
        if (FileStatus.Find(path, followsLinks: false) is not { IsDirectory: true } && locks.TakeLockFile() is { } failure)
        {
            if (!IsLockFileOptional || !failure.IsAccessProblem)
            {
                return failure;
            }

            Warn(failure.Reason);
        }

        using var file = Open(path, out var isNew, out var openFailure);
        if (file == null)
        {
            return openFailure;
        }

        if (Distrust(file, path, owner) is { } distrust)
        {
            return distrust;
        }

        if (isNew && NewOwner is var (uid, gid))
        {
            file.ChangeOwner(uid, gid);
        }

        return locks.TakeKernelLocks(file) ?? Write(file, isNew, copy, message);
    }

    // A symbolic link may point anywhere its maker likes: only root's, in a directory only root writes, is followed.
    private static DurableFile? Open(string path, out bool isNew, out DeliveryFailure? failure)
    {
        failure = null;
        const OpenFlags flags = OpenFlags.WriteOnly | OpenFlags.Append | OpenFlags.NonBlocking;
        for (var attempt = 1; ; attempt++)
        {
            var found = FileStatus.Find(path, followsLinks: false);
            isNew = found == null;
            try
            {
                return isNew
                    ? DurableFile.Open(path, flags | OpenFlags.Create | OpenFlags.Exclusive, NewFileMode)
                    : DurableFile.Open(path, IsTrustedLink(path, found) ? flags : flags | OpenFlags.NoFollow);
            }
            catch (UnixException e) when (attempt < 3 && e.Errno == (isNew ? Errno.EEXIST : Errno.ENOENT) && found is not { IsSymbolicLink: true })
            {
                // Somebody made or removed it in between.
            }
            catch (UnixException e) when (isNew)
            {
                failure = DeliveryFailure.Of(e.Errno, "5.2.0", "cannot create file exclusively");
                return null;
            }
        }
    }

    private static bool IsTrustedLink(string path, FileStatus? found) =>
        found is { IsSymbolicLink: true, Uid: 0 }
        && FileStatus.Find(Path.GetDirectoryName(path) ?? "/", followsLinks: true) is { Uid: 0, IsGroupWritable: false, IsWorldWritable: false };

    private DeliveryFailure? Distrust(DurableFile file, string path, uint? owner)
    {
        var status = file.GetStatus();
        if (status.Links != 1)
        {
            return new DeliveryFailure(new EnhancedStatus(5, 2, 0), $"file has {status.Links} hard links");
        }

        if (!status.IsRegular)
        {
            return new DeliveryFailure(new EnhancedStatus(5, 2, 0), "file is not a regular file");
        }

        return settings.IsOwnershipStrict && owner != null && status.Uid != owner && (NewOwner == null || status.Length > 0)
            ? new DeliveryFailure(new EnhancedStatus(4, 2, 0), $"destination {path} is not owned by recipient") { IsOwnershipProblem = true }
            : null;
    }

    private DeliveryFailure? Write(DurableFile file, bool isNew, MessageCopy copy, MessageSource message)
    {
        var oldLength = file.GetLength();
        try
        {
            var length = oldLength;
            copy.WriteTo(message, octets =>
            {
                length += octets.Length;
                if (settings.SizeLimit > 0 && length > settings.SizeLimit)
                {
                    throw new UnixException("write", Errno.EFBIG);
                }

                file.Append(octets);
            });
            file.Sync();
            if (isNew)
            {
                DurableFileSystem.Default.SyncDirectory(Path.GetDirectoryName(file.Path) ?? "/");
            }

            return null;
        }
        catch (UnixException e)
        {
            CutBack(file, oldLength);
            return DeliveryFailure.Of(e.Errno, "5.3.0", "error writing message");
        }
    }

    private void CutBack(DurableFile file, long oldLength)
    {
        try
        {
            file.Truncate(oldLength);
        }
        catch (UnixException e)
        {
            Warn($"cannot truncate {file.Path} to its old length: {e.Message}");
        }
    }
}
