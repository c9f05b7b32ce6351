using Estafeta.Commands.Postfix;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Tests.Commands.Postfix;

/// <summary>postfix upgrade-configuration: messages and entries are those that Debian's post-install 3.7.11 writes for the same file.</summary>
public sealed class ConfigurationUpgradeTests : IDisposable
{
    private const string Old = "smtp inet n - y - - smtpd\nqmgr fifo n - n 300 1 qmgr\npickup fifo n - n 60 1 pickup\n# ours\ncleanup unix - - n - 0 cleanup\n  -o hopcount_limit=7\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-upgrade");

    private string MasterCf => Path.Combine(_folder.FullName, "master.cf");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void OldFile_GetsWhatIsMissing_AndSaysSo()
    {
        File.WriteAllText(MasterCf, Old);
        var added = (string[])["relay", "flush", "trace", "verify", "proxymap", "anvil", "scache", "discard", "tlsmgr", "retry", "proxywrite"];
        Assert.Equal(
            [
                .. added.Select(name => $"Editing {MasterCf}, adding missing entry for {name} service"),
                .. ((string[])["postscreen TCP", "smtpd unix-domain", "dnsblog unix-domain", "tlsproxy unix-domain"]).Select(name => $"Editing {MasterCf}, adding missing entry for {name} service"),
                $"Editing {MasterCf}, adding missing entry for postlog unix-domain datagram service",
                $"Editing {MasterCf}, making the cleanup service public",
            ],
            Run());

        var text = File.ReadAllText(MasterCf);
        Assert.StartsWith(Old[..Old.IndexOf("cleanup", StringComparison.Ordinal)], text);
        var entries = MasterCfFile.Load(_folder.FullName).Entries;
        Assert.Equal(["smtp", "qmgr", "pickup", "cleanup", .. added, "postlog"], entries.Select(e => e.Name));
        Assert.Equal(["smtp", "qmgr", "pickup", "cleanup", "flush", "postlog"], entries.Where(e => !e.IsPrivate).Select(e => e.Name));
        Assert.Equal("7", Assert.Single(entries[3].Overrides).Value);
        Assert.Contains(
            """
            #smtp      inet  n       -       n       -       1       postscreen
            #smtpd     pass  -       -       n       -       -       smtpd
            #dnsblog   unix  -       -       n       -       0       dnsblog
            #tlsproxy  unix  -       -       n       -       0       tlsproxy
            postlog 
            """,
            text);
    }

    // As a comment, or at work.
    [Theory]
    [InlineData("#smtp inet n - n - 1 postscreen", "postscreen TCP")]
    [InlineData("smtpd pass - - n - - smtpd", "smtpd unix-domain")]
    [InlineData("##tlsproxy\tunix - - n - 0 tlsproxy", "tlsproxy unix-domain")]
    [InlineData("#tlsproxy is nice", null)]
    [InlineData("# dnsblog unix - - n - 0 dnsblog", null)]
    public void LinesForPostscreen_ThatAreThere_AreNotAddedAgain(string line, string? what)
    {
        File.WriteAllText(MasterCf, Old + line + "\n");
        var proposed = Run().Where(l => l.EndsWith("TCP service", StringComparison.Ordinal) || l.EndsWith("unix-domain service", StringComparison.Ordinal)).ToList();
        Assert.Equal(what == null ? 4 : 3, proposed.Count);
        Assert.DoesNotContain(proposed, l => l == $"Editing {MasterCf}, adding missing entry for {what} service");
    }

    [Fact]
    public void CompleteFile_StaysAsItIs()
    {
        File.WriteAllText(MasterCf, Old);
        Run();
        var before = File.ReadAllText(MasterCf);
        Assert.Empty(Run());
        Assert.Equal(before, File.ReadAllText(MasterCf));
    }

    private string[] Run()
    {
        var output = new StringWriter();
        new ConfigurationUpgrade(_folder.FullName, output).Run();
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
