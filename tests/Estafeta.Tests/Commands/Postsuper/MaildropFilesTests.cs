using Estafeta.Commands.QueueAccess;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Commands.Postsuper;

/// <summary>What postsuper -p and -s do in maildrop/, as Postfix 3.7 did with the same files.</summary>
public sealed class MaildropFilesTests : IDisposable
{
    private readonly string _directory = Path.Combine(Directory.CreateTempSubdirectory().FullName, "maildrop");

    public MaildropFilesTests()
    {
        Directory.CreateDirectory(_directory);
    }

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_directory)!, recursive: true); // it is below one

    [Fact]
    public void Purge_IncompleteForAWeek_IsDeleted()
    {
        var now = new ManualTime();
        Create("AAAA6", now.GetUtcNow().AddDays(-6.9), isComplete: false);
        Create("AAAA8", now.GetUtcNow().AddDays(-7.1), isComplete: false);
        Create("BBBB8", now.GetUtcNow().AddDays(-7.1), isComplete: true);
        Create("bad-8", now.GetUtcNow().AddDays(-7.1), isComplete: false);

        new MaildropFiles(_directory).PurgeIncomplete(now);

        Assert.Equal(["AAAA6", "BBBB8", "bad-8"], Directory.GetFiles(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Strangers_AreNamed()
    {
        Create("AAAA6", DateTimeOffset.UnixEpoch, isComplete: true);
        Create("bad-6", DateTimeOffset.UnixEpoch, isComplete: true);
        var log = new MemoryMailLog();

        new MaildropFiles(_directory).WarnOfStrangers(log);

        Assert.Equal(["warning: bogus file name: maildrop/bad-6"], log.Lines);
    }

    private void Create(string name, DateTimeOffset time, bool isComplete)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, "x");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | (isComplete ? UnixFileMode.UserExecute : 0));
        File.SetLastWriteTimeUtc(path, time.UtcDateTime);
    }
}
