using Estafeta.Commands.CommandLine;
using Estafeta.Commands.QueueAccess;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix;
using Estafeta.Unix.Files;

namespace Estafeta.Commands.Postcat;

/// <summary>
/// postcat(1): shows a message of the queue. The store is not one file a message: a path stands for the queue ID at its end, except where it is a message of
/// <c>maildrop/</c>.
/// </summary>
public static class PostcatProgram
{
    public const string Name = "postcat";

    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) => CommandProgram.RunAsync(Name, async log =>
    {
        var options = PostcatOptions.Read(arguments);
        var parameters = CommandProgram.Load(options.ConfigDirectory, log);
        if (options.Operands.Count == 0 && !options.HasQueueIds)
        {
            await ShowInputAsync(options, log.Streams);
            return 0;
        }

        await using var queue = new OpenedQueue(parameters, log);
        foreach (var operand in options.Operands)
        {
            if (options.HasQueueIds && !MaildropFiles.IsQueueId(operand))
            {
                throw new CommandException($"bad mail queue ID: {operand}");
            }

            if (!await TryShowMaildropAsync(operand, parameters, options, log.Streams.Output))
            {
                await ShowAsync(await queue.GetAsync(), operand, options, log.Streams.Output);
            }
        }

        return 0;
    }, streams);

    private static async Task ShowInputAsync(PostcatOptions options, CommandStreams streams)
    {
        var page = new RecordPage(options, "stdin");
        try
        {
            await MaildropPage.ReadAsync(streams.Input, page);
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"stdin: {e.Message}");
        }

        await page.WriteToAsync(streams.Output);
    }

    // False when it is no message that waits for pickup.
    private static async Task<bool> TryShowMaildropAsync(string operand, ParameterSet parameters, PostcatOptions options, Stream output)
    {
        var path = options.HasQueueIds ? Path.Combine(parameters.Get(Parameters.QueueDirectory), "maildrop", operand) : operand;
        var page = new RecordPage(options, options.HasQueueIds ? $"maildrop/{operand}" : operand);
        try
        {
            using var file = DurableFile.Open(path, OpenFlags.ReadOnly | OpenFlags.NoFollow | OpenFlags.NonBlocking);
            await using var stream = new DurableFileStream(file);
            if (!file.GetStatus().IsRegular)
            {
                return false;
            }

            await MaildropPage.ReadAsync(stream, page);
        }
        catch (UnixException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return false;
        }
        catch (UnixException e)
        {
            throw new CommandException($"open {operand}: {UnixException.Describe(e.Errno)}");
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"{operand}: {e.Message}");
        }

        await page.WriteToAsync(output);
        return true;
    }

    private static async Task ShowAsync(QueueAccessor queue, string operand, PostcatOptions options, Stream output)
    {
        var id = Path.GetFileName(operand);
        var content = new MemoryStream();
        var record = await queue.ReadAsync(id, (octets, _) =>
        {
            content.Write(octets.Span);
            return ValueTask.CompletedTask;
        });
        if (record == null)
        {
            throw new CommandException($"{(options.HasQueueIds ? "open queue file" : "open")} {operand}: No such file or directory");
        }

        var page = new RecordPage(options, $"{record.Queue}/{id}");
        page.Begin();
        foreach (var (name, value) in record.Records)
        {
            page.Envelope(name, value);
        }

        page.BeginContent();
        page.Content(content.GetBuffer().AsSpan(0, (int)content.Length));
        page.BeginExtracted();
        page.End();
        await page.WriteToAsync(output);
    }

    /// <summary>The queue, opened when a message of it is asked for.</summary>
    private sealed class OpenedQueue(ParameterSet parameters, CommandLog log) : IAsyncDisposable
    {
        private QueueAccessor? _queue;

        public async ValueTask<QueueAccessor> GetAsync() => _queue ??= await QueueAccessor.OpenAsync(parameters, log);

        public ValueTask DisposeAsync() => _queue?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
