using Estafeta.Mail.Envelopes;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Commands.Postdrop;

/// <summary>
/// A file in the maildrop directory while it is written. Nobody takes it up before it is complete: until then its execute bit is
/// not set. Disposing an incomplete one removes it.
/// </summary>
internal sealed class MaildropFile : IDisposable
{
    private const int MaximumAttempts = 100;
    private const UnixFileMode Incomplete = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private readonly DurableFile _file;
    private readonly string _directory;
    private bool _complete;

    private MaildropFile(DurableFile file, string directory, string name)
    {
        _file = file;
        _directory = directory;
        Name = name;
    }

    public string Name { get; }

    public long Length { get; private set; }

    /// <param name="directory">The maildrop directory; write and search permission suffice.</param>
    public static MaildropFile Create(string directory, TimeProvider time)
    {
        for (var attempt = 1; ; attempt++)
        {
            var name = QueueId.Create(time.GetUtcNow(), (uint)Random.Shared.Next(0x10000, 0x1000000), false).ToString();
            try
            {
                var path = Path.Combine(directory, name);
                var file = DurableFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlags.NoFollow, Incomplete);
                return new MaildropFile(file, directory, name);
            }
            catch (UnixException e) when (e.Errno == Errno.EEXIST && attempt < MaximumAttempts)
            {
                // Somebody else drew the same name in the same microsecond.
            }
        }
    }

    public void Write(ReadOnlySpan<byte> octets)
    {
        _file.Write(octets, Length);
        Length += octets.Length;
    }

    /// <summary>Makes it durable and lets pickup see it.</summary>
    public void Complete()
    {
        // Readable by all, as pickup is not the owner; the directory lets nobody look for it.
        _file.SetMode(Incomplete | UnixFileMode.UserExecute);
        _file.Sync();
        _complete = true;
    }

    /// <summary>Callable from a signal handler's thread, too.</summary>
    public void Remove()
    {
        if (!_complete)
        {
            File.Delete(Path.Combine(_directory, Name));
        }
    }

    public void Dispose()
    {
        Remove();
        _file.Dispose();
    }
}
