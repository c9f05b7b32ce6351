using Estafeta.Commands.CommandLine;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Commands.Postmap;

/// <summary><c>-q key</c> and <c>-q -</c>: each key is asked of the tables in turn until one knows it.</summary>
internal sealed class TableQuery(TableCommandOptions options, IReadOnlyList<ILookupTable> tables, ITableSource source, CommandLog log)
{
    /// <returns>0 when at least one key was found.</returns>
    public async Task<int> RunAsync()
    {
        using var output = new EntryOutput(options, source.Separator, log.Streams.Output);
        if (options.Key != "-")
        {
            return await AskAsync(options.Key, output, isSingle: true) ? 0 : 1;
        }

        var isFound = false;
        foreach (var key in Keys())
        {
            isFound |= await AskAsync(key, output, isSingle: false);
        }

        return isFound ? 0 : 1;
    }

    private IEnumerable<string> Keys() => options.ReadsHeaders || options.ReadsBody
        ? new MessageKeys(options).Read(log.Streams.Input)
        : InputLines.Read(log.Streams.Input);

    private async ValueTask<bool> AskAsync(string key, EntryOutput output, bool isSingle)
    {
        foreach (var table in tables)
        {
            var result = await table.LookupAsync(key, CancellationToken.None);
            if (result.IsTrouble)
            {
                throw new CommandException($"table {table.Name}: query error: {result.Value}");
            }

            if (!result.IsFound)
            {
                continue;
            }

            var value = result.Value!; // Found: has a value
            if (value.Length == 0)
            {
                log.Warning($"table {table.Name}: key {key}: empty string result is not allowed");
                log.Warning($"table {table.Name} should return NO RESULT in case of NOT FOUND");
            }

            if (isSingle)
            {
                output.WriteValue(table.Name, key, value);
            }
            else
            {
                output.WriteEntry(table.Name, key, value);
            }

            return true;
        }

        return false;
    }
}
