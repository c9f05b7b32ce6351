using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Tables;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>
/// <c>-q key</c> and <c>-q -</c>: each key is asked of the tables in turn until one knows it. Many keys on standard input are asked by all processors at
/// once; the answers come out in the order of the keys.
/// </summary>
internal sealed class TableQuery(
    TableCommandOptions options, ParameterSet parameters, IReadOnlyList<ILookupTable> tables, ITableSource source, CommandLog log)
{
    private const int SmallestPart = 4096;

    private readonly List<EntryOutput> _outputs = [];

    /// <returns>0 when at least one key was found.</returns>
    public async Task<int> RunAsync()
    {
        var isFound = options switch
        {
            { Key: not "-" } => await AskOneAsync(options.Key),
            { ReadsHeaders: true } or { ReadsBody: true } => await AskMessageAsync(),
            _ => await AskLinesAsync(),
        };
        return isFound ? 0 : 1;
    }

    private async Task<bool> AskOneAsync(string key)
    {
        var output = new EntryOutput(options, source.Separator);
        var isFound = await AskAsync(key, output, isSingle: true);
        output.WriteTo(log.Streams.Output);
        return isFound;
    }

    private async Task<bool> AskMessageAsync()
    {
        var output = new EntryOutput(options, source.Separator);
        var isFound = false;
        try
        {
            var keys = options.ReadsMime ? new MimeKeys(options, parameters).Read(log.Streams.Input) : new MessageKeys(options).Read(log.Streams.Input);
            foreach (var key in keys)
            {
                isFound |= await AskAsync(key, output, isSingle: false);
            }
        }
        finally
        {
            output.WriteTo(log.Streams.Output);
        }

        return isFound;
    }

    private async Task<bool> AskLinesAsync()
    {
        var isFound = false;
        foreach (var chunk in InputLines.ReadChunks(log.Streams.Input))
        {
            var parts = InputLines.Divide(chunk, Environment.ProcessorCount, SmallestPart);
            while (_outputs.Count < parts.Count)
            {
                _outputs.Add(new EntryOutput(options, source.Separator));
            }

            var others = new List<Task<Answered>>();
            for (var i = 1; i < parts.Count; i++)
            {
                var (part, output) = (parts[i], _outputs[i]);
                others.Add(Task.Run(() => AskPartAsync(part, output)));
            }

            isFound |= Write([await AskPartAsync(parts[0], _outputs[0]), .. await Task.WhenAll(others)]);
        }

        return isFound;
    }

    private async Task<Answered> AskPartAsync(ReadOnlyMemory<byte> lines, EntryOutput output)
    {
        try
        {
            if (tables is [IBatchedTable batched])
            {
                using var batch = batched.OpenBatch();
                var answers = new BatchQuery(tables[0].Name, output, log);
                batch.Find(lines.Span, answers);
                return new Answered(answers.IsFound, null);
            }

            return new Answered(await AskEachAsync(lines, output), null);
        }
        catch (CommandException e)
        {
            return new Answered(false, e);
        }
    }

    private async ValueTask<bool> AskEachAsync(ReadOnlyMemory<byte> lines, EntryOutput output)
    {
        var isFound = false;
        while (!lines.IsEmpty)
        {
            var length = lines.Span.IndexOf((byte)'\n');
            isFound |= await AskAsync(RawText.Decode(lines.Span[..length]), output, isSingle: false);
            lines = lines[(length + 1)..];
        }

        return isFound;
    }

    private bool Write(Answered[] parts)
    {
        var isFound = false;
        for (var i = 0; i < parts.Length; i++)
        {
            _outputs[i].WriteTo(log.Streams.Output);
            isFound |= parts[i].IsFound;
            if (parts[i].Failure is { } failure)
            {
                throw failure;
            }
        }

        return isFound;
    }

    private async ValueTask<bool> AskAsync(string key, EntryOutput output, bool isSingle)
    {
        foreach (var table in tables)
        {
            var result = await table.LookupAsync(key, CancellationToken.None);
            if (result.IsTrouble)
            {
                throw BatchQuery.Failure(table.Name, result.Value);
            }

            if (!result.IsFound)
            {
                continue;
            }

            var value = result.Value!; // Found: has a value
            if (value.Length == 0)
            {
                BatchQuery.WarnOfEmpty(log, table.Name, key);
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

    /// <summary>What some of the keys gave: whether one was found, and why it ends early if it does.</summary>
    private readonly record struct Answered(bool IsFound, CommandException? Failure);
}
