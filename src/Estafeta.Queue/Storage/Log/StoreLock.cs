using System.Globalization;
using System.Text;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Queue.Storage.Log;

/// <summary><c>store/lock</c>, held by the one process that has the store open; its text is the process ID.</summary>
internal sealed class StoreLock : IDisposable
{
    private readonly DurableFile _file;

    private StoreLock(DurableFile file) => _file = file;

    /// <summary>Throws <see cref="StoreUnavailableException"/> when another process has the store open.</summary>
    public static StoreLock Take(StoreOptions options)
    {
        var path = Path.Combine(options.StoreDirectory, "lock");
        var file = DurableFile.Open(path, OpenFlags.ReadWrite | OpenFlags.Create);
        if (!file.TryLockExclusively())
        {
            Span<byte> owner = stackalloc byte[16];
            var text = Encoding.ASCII.GetString(owner[..file.Read(owner, 0)]).Trim();
            file.Dispose();
            throw new StoreUnavailableException($"{path}: the queue store is open in process {text}");
        }

        Sign(file, options);
        return new StoreLock(file);
    }

    // The lock is what counts: a disk that is full or failing must not keep the queue closed.
    private static void Sign(DurableFile file, StoreOptions options)
    {
        try
        {
            file.Truncate(0);
            file.Write(Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"), 0);
        }
        catch (UnixException e)
        {
            options.Warn($"queue store: {e.Message}");
        }
    }

    public void Dispose() => _file.Dispose();
}
