using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.QueueAccess;
using Estafeta.Services.QueueControl;

namespace Estafeta.Commands.Postcat;

/// <summary>
/// postcat(1): shows a message of the queue. The store is not one file a message, so <c>-q</c> is implied, and there are no record types
/// and offsets to show (-d, -o, -s).
/// </summary>
public static class PostcatProgram
{
    public const string Name = "postcat";

    private const string UsageText = "[-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-h (header text)] "
        + "[-q (access queue)] [-v] [file(s)...]";

    [Flags]
    private enum Parts
    {
        None = 0,
        Envelope = 1,
        Header = 2,
        Body = 4,
        All = Envelope | Header | Body,
    }

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        var options = new OptionReader(arguments, "bc:defhoqrs:v");
        var (parts, hasPrefix, directory) = (Parts.None, false, (string?)null);
        while (options.TryRead(out var option, out var value))
        {
            parts |= option switch
            {
                'b' => Parts.Body,
                'e' => Parts.Envelope,
                'h' => Parts.Header,
                _ => Parts.None,
            };
            hasPrefix |= option == 'f';
            directory = option == 'c' ? value : directory;
        }

        if (options.Error != null)
        {
            throw CommandProgram.Usage(Name, options, UsageText);
        }

        var parameters = CommandProgram.Load(directory, log);
        await using var queue = await QueueAccessor.OpenAsync(parameters, log);
        foreach (var file in options.Operands)
        {
            await ShowAsync(queue, Path.GetFileName(file), parts == Parts.None ? Parts.All : parts, hasPrefix, log.Streams.Output);
        }

        return 0;
    });

    private static async Task ShowAsync(QueueAccessor queue, string id, Parts parts, bool hasPrefix, Stream output)
    {
        var head = new MemoryStream();
        var body = new MemoryStream();
        var record = await queue.ReadAsync(id, (octets, isHead) =>
        {
            (isHead ? head : body).Write(octets.Span);
            return ValueTask.CompletedTask;
        });
        if (record == null)
        {
            throw new CommandException($"open queue file {id}: No such file or directory");
        }

        var page = new MemoryStream();
        Compose(page, record, $"{record.Queue}/{id}", parts, head.ToArray(), body.ToArray());
        await WriteAsync(output, page, hasPrefix ? $"{record.Queue}/{id}: " : null);
    }

    private static void Compose(MemoryStream page, QueueControlRecord record, string path, Parts parts, byte[] head, byte[] body)
    {
        var hasEnvelope = parts.HasFlag(Parts.Envelope);
        if (hasEnvelope)
        {
            Line(page, $"*** ENVELOPE RECORDS {path} ***");
            foreach (var (name, value) in record.Records)
            {
                Line(page, $"{name}: {value}");
            }

            Line(page, $"*** MESSAGE CONTENTS {path} ***");
        }

        if (parts.HasFlag(Parts.Header))
        {
            // The empty line belongs to the body.
            page.Write(head is [.., (byte)'\n', (byte)'\n'] ? head.AsSpan(0, head.Length - 1) : head);
        }

        if (parts.HasFlag(Parts.Body))
        {
            page.WriteByte((byte)'\n');
            page.Write(body);
        }

        if (hasEnvelope)
        {
            Line(page, $"*** HEADER EXTRACTED {path} ***");
            Line(page, $"*** MESSAGE FILE END {path} ***");
        }
    }

    private static void Line(MemoryStream page, string text) => page.Write(Encoding.UTF8.GetBytes(text + "\n"));

    private static async Task WriteAsync(Stream output, MemoryStream page, string? prefix)
    {
        if (prefix == null)
        {
            await output.WriteAsync(page.GetBuffer().AsMemory(0, (int)page.Length));
            return;
        }

        var octets = page.ToArray();
        var mark = Encoding.UTF8.GetBytes(prefix);
        for (var at = 0; at < octets.Length;)
        {
            var end = Array.IndexOf(octets, (byte)'\n', at);
            var next = end < 0 ? octets.Length : end + 1;
            await output.WriteAsync(mark);
            await output.WriteAsync(octets.AsMemory(at, next - at));
            at = next;
        }
    }
}
