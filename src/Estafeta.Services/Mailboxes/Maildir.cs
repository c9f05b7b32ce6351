using System.Globalization;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Services.Mailboxes;

/// <summary>
/// Delivers to a Maildir: written and synced below <c>tmp</c>, then linked into <c>new</c> under a name nobody else makes. Missing
/// directories are made. Runs on the thread that has the recipient's identity; blocks.
/// </summary>
public sealed class Maildir(MailboxSettings settings, TimeProvider time)
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateDirectory = PrivateFile | UnixFileMode.UserExecute;
    private static readonly DurableFileSystem Disk = DurableFileSystem.Default;
    private static int _deliveries;

    /// <param name="path">Ends in a slash.</param>
    /// <returns>Null when the message is in <c>new</c> and on disk.</returns>
    public DeliveryFailure? Deliver(string path, MessageCopy copy, MessageSource message)
    {
        var now = time.GetUtcNow();
        var host = System.Net.Dns.GetHostName();

        // One process delivers many at once, so the process ID alone does not tell temporary names apart.
        var temporary = string.Create(
            CultureInfo.InvariantCulture,
            $"{path}tmp/{now.ToUnixTimeSeconds()}.P{Environment.ProcessId}Q{Interlocked.Increment(ref _deliveries)}.{host}");
        DurableFile file;
        try
        {
            file = Create(path, temporary);
        }
        catch (UnixException e)
        {
            return DeliveryFailure.Of(e.Errno, "5.2.0", $"create maildir file {temporary}");
        }

        using (file)
        {
            var failure = Write(file, copy, message) ?? Publish(file, path, temporary, now, host);
            Remove(temporary);
            return failure;
        }
    }

    private static DurableFile Create(string path, string temporary)
    {
        const OpenFlags flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive;
        try
        {
            return Disk.Open(temporary, flags, PrivateFile);
        }
        catch (UnixException e) when (e.Errno == Errno.ENOENT)
        {
            MakeDirectories(path + "tmp");
            return Disk.Open(temporary, flags, PrivateFile);
        }
    }

    private DeliveryFailure? Write(DurableFile file, MessageCopy copy, MessageSource message)
    {
        try
        {
            long length = 0;
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
            return null;
        }
        catch (UnixException e)
        {
            return DeliveryFailure.Of(e.Errno, "5.3.0", "error writing message");
        }
    }

    private static DeliveryFailure? Publish(DurableFile file, string path, string temporary, DateTimeOffset now, string host)
    {
        var status = file.GetStatus();
        var name = string.Create(
            CultureInfo.InvariantCulture,
            $"{path}new/{now.ToUnixTimeSeconds()}.V{status.Device:x}I{status.Inode:x}M{now.Ticks / 10 % 1_000_000}.{host}");
        try
        {
            try
            {
                Disk.Link(temporary, name);
            }
            catch (UnixException e) when (e.Errno == Errno.ENOENT)
            {
                MakeDirectories(path + "cur");
                MakeDirectories(path + "new");
                Disk.Link(temporary, name);
            }

            // The queue forgets the message after this: its name must survive a power loss, too.
            Disk.SyncDirectory(path + "new");
            return null;
        }
        catch (UnixException e)
        {
            return DeliveryFailure.Of(e.Errno, "5.2.0", $"create maildir file {name}");
        }
    }

    private static void MakeDirectories(string path)
    {
        for (var slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            MakeDirectory(path[..slash]);
        }

        MakeDirectory(path);
    }

    private static void MakeDirectory(string path)
    {
        try
        {
            Disk.CreateDirectory(path, PrivateDirectory);
        }
        catch (UnixException e) when (e.Errno is Errno.EACCES or Errno.EROFS && Directory.Exists(path))
        {
            // Above what is ours directories exist although we may not make any.
        }
    }

    private static void Remove(string temporary)
    {
        try
        {
            Disk.Delete(temporary);
        }
        catch (UnixException)
        {
            // Readers of Maildirs remove what is left in tmp after 36 hours.
        }
    }
}
