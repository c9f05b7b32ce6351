using Estafeta.Commands.Postfix;
using Estafeta.Configuration;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Commands.Postfix;

/// <summary>postfix non-bdb.</summary>
public sealed class BerkeleyMigrationCommandTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-non-bdb");
    private readonly MemoryMailLog _log = new();

    public BerkeleyMigrationCommandTests() => File.WriteAllText(MainCf, "myhostname = mail.x.test\n");

    private string MainCf => Path.Combine(_folder.FullName, "main.cf");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Levels_AreSetShownAndTakenAway()
    {
        Assert.Equal((0, "disable\n"), Run("status"));
        Assert.Equal((0, ""), Run("enable-redirect"));
        Assert.Equal((0, "enable-redirect\n"), Run("status"));
        Assert.Equal((0, ""), Run("enable-reindex"));
        Assert.Equal("myhostname = mail.x.test\nnon_bdb_migration_level = enable-reindex\n", File.ReadAllText(MainCf));
        Assert.Equal((0, ""), Run("disable"));
        Assert.Equal("myhostname = mail.x.test\n", File.ReadAllText(MainCf));
    }

    [Theory]
    [InlineData("default_database_type = hash\n", "enable-redirect")]
    [InlineData("default_cache_db_type = btree\n", "enable-reindex")]
    [InlineData("", "nonsense")]
    [InlineData("")]
    public void WrongRequest_ChangesNothing(string settings, params string[] arguments)
    {
        File.AppendAllText(MainCf, settings);
        var before = File.ReadAllText(MainCf);
        Assert.Equal((1, ""), Run(arguments));
        Assert.Equal(before, File.ReadAllText(MainCf));
        Assert.Single(_log.Lines);
    }

    private (int Exit, string Output) Run(params string[] arguments)
    {
        using var output = new StringWriter { NewLine = "\n" };
        return (new BerkeleyMigrationCommand(ParameterSet.Load(_folder.FullName), _log, output).Run(arguments), output.ToString());
    }
}
