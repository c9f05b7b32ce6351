using Estafeta.Configuration;
using Estafeta.Tables;

namespace Estafeta.Interop.Tables;

/// <summary>A directory for a server and table files, and a table set.</summary>
internal sealed class BackEndFixture : IAsyncDisposable
{
    private readonly List<string> _warnings = [];

    public BackEndFixture(string? owner = null)
    {
        Root = Directory.CreateTempSubdirectory("estafeta-db-").FullName;
        if (owner != null && Environment.UserName == "root")
        {
            File.SetUnixFileMode(Root, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
                | UnixFileMode.GroupExecute | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute);
        }

        Tables = new TableSet(ParameterSet.Parse("smtputf8_enable = yes\n")) { Warn = Record };
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
