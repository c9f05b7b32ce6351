using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postmap;
using Estafeta.Unix.Identity;

namespace Estafeta.Tests.Commands.Postmap;

public sealed class PostmapTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("estafeta-postmap-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("", "lmdb")]
    [InlineData("non_bdb_migration_level = enable-redirect\ndefault_database_type = cdb\n", "cdb")]
    [InlineData("non_bdb_migration_level = enable-reindex\nnon_bdb_custom_mapping = btree=lmdb, hash=cdb\n", "cdb")]
    [InlineData("non_bdb_migration_level = enable-redirect\n", "lmdb")]
    public async Task Create_Hash_IsWrittenAsTheMigrationSaysAndRead(string settings, string suffix)
    {
        var table = "hash:" + Write("t", "a b\n");
        var made = await RunAsync(settings, "", table);
        var redirection = settings.Length == 0 ? "" : $"postmap: redirecting {table} to {suffix}:{_root}/t\n";
        var note = settings.Length == 0 ? $"postmap: note: {table} is kept in {_root}/t.{suffix} from now on\n" : redirection;
        Assert.Equal((0, note), (made.Code, made.Errors));
        Assert.True(File.Exists($"{_root}/t.{suffix}"));
        Assert.Equal((0, redirection, "b\n"), await RunAsync(settings, "", "-q", "a", table));
        Assert.Equal((0, redirection, ""), await RunAsync(settings, "", table));
        Assert.Equal((0, redirection, ""), await RunAsync(settings, "c d\n", "-i", table));
        Assert.Equal((0, redirection, "a\tb\nc\td\n"), await RunAsync(settings, "", "-s", table));
        Assert.Equal((0, "", ""), await RunAsync(settings, "", "-d", "a", table));
        Assert.Equal((0, redirection, "c\td\n"), await RunAsync(settings + "non_bdb_migration_log_redirect = yes\n", "", "-s", table));
        Assert.Equal((0, "", "c\td\n"), await RunAsync(settings + "non_bdb_migration_log_redirect = no\n", "", "-s", table));
    }

    [Theory]
    [InlineData("non_bdb_custom_mapping = { hash = cdb }\n", 0)]
    [InlineData("non_bdb_custom_mapping = hash\n", 1)]
    [InlineData("non_bdb_custom_mapping = }hash=cdb{\n", 1)]
    public async Task Create_HashWithCustomMapping_NeedsAnAssignment(string mapping, int code)
    {
        var made = await RunAsync("non_bdb_migration_level = enable-redirect\n" + mapping, "", "hash:" + Write("t", "a b\n"));
        Assert.Equal((code, code == 0), (made.Code, File.Exists($"{_root}/t.cdb")));
    }

    [Fact]
    public async Task Delete_KeysOfStandardInput_AreDeletedFromEachTable()
    {
        string[] tables = ["lmdb:" + Write("t", "a b\nc d\n"), "lmdb:" + Write("u", "a b\ne f\n")];
        Assert.Equal(0, (await RunAsync("", "", tables)).Code);
        Assert.Equal(0, (await RunAsync("", "a\n", ["-d", "-", .. tables])).Code);
        Assert.Equal("c\td\ne\tf\n", (await RunAsync("", "", ["-s", .. tables])).Output);
    }

    [Fact]
    public async Task Add_ToATableMovedToCdbOfAnotherUser_IsDoneAsHim()
    {
        Assert.SkipUnless(Privileges.IsRoot, "needs root");
        const string settings = "non_bdb_migration_level = enable-redirect\nnon_bdb_migration_log_redirect = no\ndefault_database_type = cdb\n";
        var directory = Directory.CreateDirectory(Path.Combine(_root, "his")).FullName;
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var source = Path.Combine(directory, "t");
        await File.WriteAllTextAsync(source, "a b\n", TestContext.Current.CancellationToken);
        Chown(directory, 65534, 65534);
        Chown(source, 65534, 65534);
        Assert.Equal(0, (await RunAsync(settings, "", $"hash:{source}")).Code);
        Assert.Equal((0, "", ""), await RunAsync(settings, "c d\n", "-i", $"hash:{source}"));
        Assert.Equal((0, "", "d\n"), await RunAsync(settings, "", "-q", "c", $"hash:{source}"));
    }

    [Fact]
    public async Task Create_HashSilently_WritesNoNote() =>
        Assert.Equal((0, "", ""), await RunAsync("non_bdb_migration_log_redirect = no\n", "", "hash:" + Write("t", "a b\n")));

    [Fact]
    public async Task Query_LmdbWithOnlyABerkeleyFile_ReadsThat()
    {
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Tables/Indexed/vectors/hash.db"), $"{_root}/t.db");
        var found = await RunAsync("", "", "-q", "user7@example7.com", $"lmdb:{_root}/t");
        Assert.StartsWith("value-7-", found.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Output_AsJson_IsOneObjectALine()
    {
        var table = "lmdb:" + Write("t", "a \"b\" \\c\nkey\u00e9 v\n");
        Assert.Equal(0, (await RunAsync("", "", table)).Code);
        Assert.Equal("{\"a\": \"\\\"b\\\" \\\\c\"}\n", (await RunAsync("", "", "-j", "-q", "a", table)).Output);
        Assert.Equal(2, (await RunAsync("", "", "-js", table)).Output.Count(static c => c == '\n'));
        Assert.Equal("{\"a\": \"\\\"b\\\" \\\\c\"}\n", (await RunAsync("", "x\na\n", "-jq", "-", table)).Output);
    }

    [Fact]
    public async Task Output_AsJson_ReplacesWhatIsNoText()
    {
        var path = Path.Combine(_root, "t");
        await File.WriteAllBytesAsync(path, [.. "a x\xff"u8[..3], 0xff, (byte)'\n'], TestContext.Current.CancellationToken);
        Assert.Equal(0, (await RunAsync("", "", "-u", "lmdb:" + path)).Code);
        Assert.Equal("{\"a\": \"x\ufffd\"}\n", (await RunAsync("", "", "-ujs", "lmdb:" + path)).Output);
    }

    [Theory]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.GroupWrite)]
    public async Task Create_AsRootWhereOthersCanWrite_IsRefused(UnixFileMode mode)
    {
        Assert.SkipUnless(Privileges.IsRoot, "needs root");
        var directory = Directory.CreateDirectory(Path.Combine(_root, "open")).FullName;
        await File.WriteAllTextAsync(Path.Combine(directory, "t"), "a b\n", TestContext.Current.CancellationToken);
        Chown(directory, 0, 65534);
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | mode);
        var table = $"lmdb:{directory}/t";
        var refused = await RunAsync("", "", table);
        Assert.Equal(1, refused.Code);
        Assert.Contains("refusing to write as root", refused.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists($"{directory}/t.lmdb"));
        Assert.Equal(0, (await RunAsync("", "", "-o", table)).Code);
        Assert.Equal(1, (await RunAsync("", "c d\n", "-i", table)).Code);
        Assert.Equal(1, (await RunAsync("", "", "-d", "a", table)).Code);
        File.SetUnixFileMode(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | mode | UnixFileMode.StickyBit);
        Assert.Equal(0, (await RunAsync("", "", table)).Code);
    }

    [Fact]
    public async Task Create_AsRootInAnotherUsersDirectory_IsRefusedUnlessTheSourceIsHis()
    {
        Assert.SkipUnless(Privileges.IsRoot, "needs root");
        var directory = Directory.CreateDirectory(Path.Combine(_root, "his")).FullName;
        File.SetUnixFileMode(_root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var source = Path.Combine(directory, "t");
        await File.WriteAllTextAsync(source, "a b\n", TestContext.Current.CancellationToken);
        Chown(directory, 65534, 65534);
        Assert.Contains("belongs to user nobody", (await RunAsync("", "", $"lmdb:{source}")).Errors, StringComparison.Ordinal);
        Chown(source, 65534, 65534);
        Assert.Equal((0, "", ""), await RunAsync("", "", $"lmdb:{source}"));
        Assert.Equal((0, "", ""), await RunAsync("", "c d\n", "-i", $"lmdb:{source}"));
        Assert.Equal((0, "", "d\n"), await RunAsync("", "", "-q", "c", $"lmdb:{source}"));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task<(int Code, string Errors, string Output)> RunAsync(string settings, string input, params string[] arguments)
    {
        await File.WriteAllTextAsync(Path.Combine(_root, "main.cf"), "compatibility_level = 3.6\n" + settings, TestContext.Current.CancellationToken);
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var streams = new CommandStreams(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, errors);
        var code = await PostmapProgram.RunAsync(["-c", _root, .. arguments], streams);
        return (code, Encoding.UTF8.GetString(errors.ToArray()), Encoding.UTF8.GetString(output.ToArray()));
    }

    private static void Chown(string path, uint user, uint group)
    {
        using var process = System.Diagnostics.Process.Start("chown", [$"{user}:{group}", path]);
        process.WaitForExit();
    }
}
