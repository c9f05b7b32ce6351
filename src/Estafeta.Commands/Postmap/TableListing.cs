using Estafeta.Commands.CommandLine;
using Estafeta.Tables;

namespace Estafeta.Commands.Postmap;

/// <summary><c>-s</c>: all entries of tables that can be listed, in the order of the table.</summary>
internal sealed class TableListing(TableCommandOptions options, ITableSource source, Stream standardOutput)
{
    private const int FlushSize = 64 * 1024;

    public async Task WriteAsync(IReadOnlyList<ILookupTable> tables)
    {
        var output = new EntryOutput(options, source.Separator);
        foreach (var table in tables)
        {
            if (table is not IListableTable listable)
            {
                throw new CommandException($"table {table.Name}: sequence operation is not supported");
            }

            await WriteAsync(table.Name, listable, output);
        }

        output.WriteTo(standardOutput);
    }

    private async Task WriteAsync(string name, IListableTable table, EntryOutput output)
    {
        try
        {
            await foreach (var (key, value) in table.ListAsync(CancellationToken.None))
            {
                output.AddEntry(name, key, value);
                if (output.Length >= FlushSize)
                {
                    output.WriteTo(standardOutput);
                }
            }
        }
        catch (IOException e)
        {
            output.WriteTo(standardOutput);
            throw new CommandException($"table {name}: sequence error: {e.Message}");
        }
    }
}
