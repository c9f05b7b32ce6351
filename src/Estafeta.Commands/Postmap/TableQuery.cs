using Estafeta.Commands.CommandLine;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Commands.Postmap;

/// <summary>
/// <c>-q key</c> and <c>-q -</c>: each key is asked of the tables in turn until one knows it. Many keys on standard input are asked by all processors at
/// once; the answers come out in the order of the keys.
/// </summary>
internal sealed class TableQuery(TableCommandOptions options, IReadOnlyList<ILookupTable> tables, ITableSource source, CommandLog log)
{
    private const int FewestPerPart = 256;

    /// <returns>0 when at least one key was found.</returns>
    public async Task<int> RunAsync()
    {
        var output = new EntryOutput(options, source.Separator);
        if (options.Key != "-")
        {
            var answered = await AskAsync(tables, options.Key, output, isSingle: true);
            output.WriteTo(log.Streams.Output);
            return answered ? 0 : 1;
        }

        var isFound = false;
        foreach (var chunk in Chunks())
        {
            isFound |= await AskAllAsync(chunk);
        }

        return isFound ? 0 : 1;
    }

    private IEnumerable<List<string>> Chunks() => options.ReadsHeaders || options.ReadsBody
        ? [[.. new MessageKeys(options).Read(log.Streams.Input)]]
        : InputLines.ReadChunks(log.Streams.Input);

    private async Task<bool> AskAllAsync(List<string> keys)
    {
        var size = Math.Max(FewestPerPart, (keys.Count + Environment.ProcessorCount - 1) / Environment.ProcessorCount);
        var parts = new List<Task<Part>>();
        for (var from = size; from < keys.Count; from += size)
        {
            var (start, count) = (from, Math.Min(size, keys.Count - from));
            parts.Add(Task.Run(() => AskPartAsync(keys, start, count)));
        }

        var first = await AskPartAsync(keys, 0, Math.Min(size, keys.Count));
        return Write([first, .. await Task.WhenAll(parts)]);
    }

    private async Task<Part> AskPartAsync(List<string> keys, int from, int count)
    {
        var output = new EntryOutput(options, source.Separator);
        var isFound = false;
        var views = tables.Select(static t => t is IBatchedTable batched ? batched.OpenBatch() : t).ToArray();
        try
        {
            for (var i = from; i < from + count; i++)
            {
                isFound |= await AskAsync(views, keys[i], output, isSingle: false);
            }

            return new Part(output, isFound, null);
        }
        catch (CommandException e)
        {
            return new Part(output, isFound, e);
        }
        finally
        {
            await CloseAsync(views);
        }
    }

    private async Task CloseAsync(ILookupTable[] views)
    {
        for (var i = 0; i < views.Length; i++)
        {
            if (!ReferenceEquals(views[i], tables[i]))
            {
                await views[i].DisposeAsync();
            }
        }
    }

    private bool Write(Part[] parts)
    {
        var isFound = false;
        foreach (var (output, found, failure) in parts)
        {
            output.WriteTo(log.Streams.Output);
            isFound |= found;
            if (failure != null)
            {
                throw failure;
            }
        }

        return isFound;
    }

    private async ValueTask<bool> AskAsync(IReadOnlyList<ILookupTable> asked, string key, EntryOutput output, bool isSingle)
    {
        foreach (var table in asked)
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
                output.AddValue(table.Name, key, value);
            }
            else
            {
                output.AddEntry(table.Name, key, value);
            }

            return true;
        }

        return false;
    }

    /// <summary>What some of the keys gave: their output, and why it ends early if it does.</summary>
    private sealed record Part(EntryOutput Output, bool IsFound, CommandException? Failure);
}
