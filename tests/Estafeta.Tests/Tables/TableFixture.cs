using Estafeta.Configuration;
using Estafeta.Tables;

namespace Estafeta.Tests.Tables;

/// <summary>A table set over a temporary directory, with what it warned of.</summary>
public sealed class TableFixture : IAsyncDisposable
{
    private readonly List<string> _warnings = [];

    public TableFixture(string configuration = "smtputf8_enable = yes\n", TimeProvider? time = null)
    {
        Root = Directory.CreateTempSubdirectory("estafeta-tables-").FullName;
        Tables = new TableSet(ParameterSet.Parse(configuration)) { Warn = Record, Time = time ?? TimeProvider.System };
    }

    public string Root { get; }

    public TableSet Tables { get; }

    public IReadOnlyList<string> Warnings
    {
        get
        {
            lock (_warnings)
            {
                return [.. _warnings];
            }
        }
    }

    public string Write(string name, string text)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllText(path, text);
        return path;
    }

    public async Task<LookupResult> LookupAsync(string table, string key) =>
        await Tables.Open(table).LookupAsync(key, TestContext.Current.CancellationToken);

    public async Task<string?> FindAsync(string table, string key) => (await LookupAsync(table, key)).Value;

    public async ValueTask DisposeAsync()
    {
        await Tables.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }

    private void Record(string warning)
    {
        lock (_warnings)
        {
            _warnings.Add(warning);
        }
    }
}
