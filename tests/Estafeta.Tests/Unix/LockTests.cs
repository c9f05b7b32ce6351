using Estafeta.Unix.Locks;

namespace Estafeta.Tests.Unix;

/// <summary>Runs when nothing else does: what another test starts has our descriptors, and with them our locks, until it runs its program.</summary>
[Collection(RunsAlone.Name)]
public sealed class LockTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta");

    private string Mailbox => Path.Combine(_directory.FullName, "mailbox");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Fcntl_SecondOpenFile_IsRefusedUntilTheFirstCloses()
    {
        using var second = Open();
        using (var first = Open())
        {
            Assert.True(FileLock.TryFcntl(first, exclusive: true));
            Assert.False(FileLock.TryFcntl(second, exclusive: true));
            Assert.False(FileLock.TryFcntl(second, exclusive: false));

            // The classic trap of fcntl locks: closing another descriptor of the file drops them. Not ours.
            Open().Dispose();
            Assert.False(FileLock.TryFcntl(second, exclusive: true));
        }

        Assert.True(FileLock.TryFcntl(second, exclusive: true));
    }

    [Fact]
    public void Flock_Shared_ExcludesOnlyExclusive()
    {
        using var first = Open();
        using var second = Open();
        Assert.True(FileLock.TryFlock(first, exclusive: false));
        Assert.True(FileLock.TryFlock(second, exclusive: false));
        Assert.False(FileLock.TryFlock(second, exclusive: true));
    }

    [Fact]
    public void DotLock_ExcludesOthers_AndLeavesNothing()
    {
        using (var held = DotLock.TryAcquire(Mailbox, TimeSpan.FromMinutes(5), TimeProvider.System))
        {
            Assert.NotNull(held);
            Assert.Null(DotLock.TryAcquire(Mailbox, TimeSpan.FromMinutes(5), TimeProvider.System));
        }

        Assert.Empty(_directory.EnumerateFiles());
    }

    [Fact]
    public void DotLock_LeftOver_IsTakenAfterItsTime()
    {
        File.WriteAllText(Mailbox + ".lock", "");
        File.SetLastWriteTimeUtc(Mailbox + ".lock", TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(-501));
        using var held = DotLock.TryAcquire(Mailbox, TimeSpan.FromSeconds(500), TimeProvider.System);
        Assert.NotNull(held);
    }

    private Microsoft.Win32.SafeHandles.SafeFileHandle Open() =>
        File.OpenHandle(Mailbox, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
