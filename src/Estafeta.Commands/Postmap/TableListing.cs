using Estafeta.Commands.CommandLine;
using Estafeta.Tables;

namespace Estafeta.Commands.Postmap;

/// <summary><c>-s</c>: all entries of tables that can be listed, in the order of the table.</summary>
internal sealed class TableListing(TableCommandOptions options, ITableSource source, Stream standardOutput)
{
    public async Task WriteAsync(IReadOnlyList<ILookupTable> tables)
    {
        using var output = new EntryOutput(options, source.Separator, standardOutput);
        foreach (var table in tables)
        {
            if (table is not IListableTable listable)
            {
                throw new CommandException($"table {table.Name}: sequence operation is not supported");
            }

            await foreach (var (key, value) in listable.ListAsync(CancellationToken.None))
            {
                output.WriteEntry(table.Name, source.ToListing(key), value);
            }
        }
    }
}
