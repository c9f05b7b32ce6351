using Estafeta.Unix;
using Estafeta.Unix.Identity;
using Estafeta.Unix.Processes;

namespace Estafeta.Tests.Unix;

public sealed class PrivilegesTests
{
    private const uint SomeUid = 64001;
    private const uint SomeGid = 64002;

    // Program of the helper process: the change is for good and process-wide.
    internal static int DropAndTell(string[] arguments)
    {
        // Threads that exist already must lose root too.
        using var started = new Barrier(2);
        uint uidOfOtherThread = 0;
        var other = new Thread(() =>
        {
            started.SignalAndWait();
            started.SignalAndWait();
            uidOfOtherThread = Privileges.EffectiveUid;
        });
        other.Start();
        started.SignalAndWait();
        Privileges.DropTo(SomeUid, SomeGid, [SomeGid, 64003]);
        started.SignalAndWait();
        other.Join();
        var canReadShadow = true;
        try
        {
            File.ReadAllBytes("/etc/shadow");
        }
        catch (UnauthorizedAccessException)
        {
            canReadShadow = false;
        }

        var isDropped = Privileges.EffectiveUid == SomeUid && Privileges.RealGid == SomeGid && uidOfOtherThread == SomeUid && !canReadShadow;
        return isDropped ? 0 : 1;
    }

    [Fact]
    public void DropTo_AsRoot_TakesAllThreads()
    {
        RequireRoot();
        using var child = ChildProcess.Spawn(new SpawnRequest
        {
            Path = Environment.ProcessPath!,
            Arguments = ["helper", "--helper", "drop-privileges"],
            Environment = SpawnRequest.CurrentEnvironment(),
            Descriptors = [-1, -1, 2],
        });
        Assert.Equal(new ExitStatus(0, 0), child.Wait());
    }

    [Fact]
    public async Task ThreadIdentity_CreatesFilesAsTheUser_AndLeavesOthersRoot()
    {
        RequireRoot();
        var directory = Directory.CreateTempSubdirectory("estafeta");
        try
        {
            File.SetUnixFileMode(directory.FullName, (UnixFileMode)0x1FF);
            var path = Path.Combine(directory.FullName, "file");
            var uid = await ThreadIdentity.RunAsync(SomeUid, SomeGid, [SomeGid], () =>
            {
                File.WriteAllText(path, "x");
                return Privileges.EffectiveUid;
            });
            Assert.Equal(SomeUid, uid);
            Assert.Equal(0u, Privileges.EffectiveUid);
            await Assert.ThrowsAsync<UnauthorizedAccessException>(
                () => ThreadIdentity.RunAsync(SomeUid, SomeGid, [SomeGid], () => File.ReadAllText("/etc/shadow")));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void DropTo_WithoutRoot_Throws()
    {
        if (Privileges.IsRoot)
        {
            Assert.Skip("runs as root");
        }

        Assert.Throws<UnixException>(() => Privileges.DropTo(0, 0, []));
    }

    private static void RequireRoot()
    {
        if (!Privileges.IsRoot)
        {
            Assert.Skip("needs root");
        }
    }
}
