using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Commands.Postmap;

/// <summary>Runs what the command line asks for, on each table named.</summary>
internal sealed class TableCommand(TableCommandOptions options, TableSet tables, ITableSource source, CommandLog log)
{
    public async Task<int> RunAsync()
    {
        switch (options.Action)
        {
            case TableAction.Query:
                await using (var opened = OpenTables())
                {
                    return await new TableQuery(options, tables.Parameters, opened.Tables, source, log).RunAsync();
                }

            case TableAction.List:
                await using (var opened = OpenTables())
                {
                    await new TableListing(options, source, log.Streams.Output).WriteAsync(opened.Tables);
                    return 0;
                }

            case TableAction.Delete:
                return await DeleteAsync() ? 0 : 1;
            default:
                return await CreateAsync();
        }
    }

    private async Task<bool> DeleteAsync()
    {
        // The same for each table.
        List<string> keys = options.Key == "-" ? [.. InputLines.Read(log.Streams.Input)] : [options.Key];
        var isFound = false;
        foreach (var table in options.Tables)
        {
            isFound |= await new TableUpdate(Split(table), options, tables, source, log).DeleteAsync(keys);
        }

        return isFound;
    }

    private async Task<int> CreateAsync()
    {
        foreach (var table in options.Tables)
        {
            await new TableUpdate(Split(table), options, tables, source, log).CreateAsync();
        }

        return 0;
    }

    private OpenedTables OpenTables()
    {
        var opened = new List<ILookupTable>();
        foreach (var table in options.Tables)
        {
            var (type, name) = Split(table);
            try
            {
                opened.Add(tables.OpenOwned($"{type}:{name}", options.FlagsFor(tables)));
            }
            catch (TableUnavailableException e)
            {
                throw new CommandException(e.Message);
            }
        }

        return new OpenedTables(opened);
    }

    private (string Type, string Name) Split(string table)
    {
        var colon = table.IndexOf(':');
        return colon < 0 ? (tables.Parameters.Get(Parameters.DefaultDatabaseType), table) : (table[..colon], table[(colon + 1)..]);
    }

    private sealed class OpenedTables(List<ILookupTable> tables) : IAsyncDisposable
    {
        public IReadOnlyList<ILookupTable> Tables => tables;

        public async ValueTask DisposeAsync()
        {
            foreach (var table in tables)
            {
                await table.DisposeAsync();
            }
        }
    }
}
