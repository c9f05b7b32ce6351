using Estafeta.Commands.CommandLine;
using Estafeta.Commands.QueueAccess;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Administration;
using Estafeta.Services.Logging;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postsuper;

/// <summary>
/// postsuper(1): deletes, holds, releases, requeues and expires mail. Asks the running queue process; with the mail system down it works
/// on the store itself. Of the structure checks (-s, -S) little is left: the store repairs itself when it is opened, and its IDs are no file names.
/// </summary>
public static class PostsuperProgram
{
    public const string Name = "postsuper";
    private const string All = "ALL";
    private const string StandardInput = "-";

    private static readonly QueueOperation[] SummaryOrder =
    [
        QueueOperation.Delete, QueueOperation.Requeue, QueueOperation.Hold, QueueOperation.Release, QueueOperation.Expire,
        QueueOperation.ExpireAndRelease,
    ];

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        if (!Privileges.IsRoot)
        {
            throw new CommandException("use of this command is reserved for the superuser");
        }

        var options = PostsuperOptions.Read(arguments);
        var parameters = CommandProgram.Load(options.ConfigDirectory, log);
        CheckMaildrop(options, parameters, log);
        if (options.Operations.Count > 0)
        {
            await ActAsync(options, parameters, log);
        }
        else if (options.ChecksStructure)
        {
            // Opened, it is repaired; while the mail system runs it is open.
            await using var queue = await QueueAccessor.OpenAsync(parameters, log);
        }

        return 0;
    });

    private static void CheckMaildrop(PostsuperOptions options, ParameterSet parameters, CommandLog log)
    {
        if (!options.HasMaildrop || !(options.PurgesTemporaryFiles || options.ChecksStructure))
        {
            return;
        }

        var maildrop = Maildrop(parameters);
        maildrop.WarnOfStrangers(log);
        if (options.PurgesTemporaryFiles)
        {
            maildrop.PurgeIncomplete(TimeProvider.System);
        }
    }

    private static MaildropFiles Maildrop(ParameterSet parameters) => new(Path.Combine(parameters.Get(Parameters.QueueDirectory), "maildrop"));

    private static async Task ActAsync(PostsuperOptions options, ParameterSet parameters, CommandLog log)
    {
        var maildrop = options.HasMaildrop ? Maildrop(parameters) : null;
        await using var queue = await QueueAccessor.OpenAsync(parameters, log);
        var counts = new Dictionary<QueueOperation, int>();
        foreach (var (operation, id) in options.Operations)
        {
            var queues = options.Queues != QueueSelection.None || options.IsMaildropOnly ? options.Queues : DefaultQueues(operation, id == All);
            counts[operation] = counts.GetValueOrDefault(operation) + id switch
            {
                All => (await queue.ActAsync(operation, queues, "")).Count + (operation == QueueOperation.Delete ? maildrop?.DeleteAll() ?? 0 : 0),
                StandardInput => await ActOnInputAsync(queue, maildrop, operation, queues, log),
                _ => await ActAsync(queue, maildrop, operation, queues, id, log),
            };
        }

        foreach (var (operation, count) in counts.OrderBy(c => Array.IndexOf(SummaryOrder, c.Key)))
        {
            log.Info($"{Summary(operation)}: {count} message{(count == 1 ? "" : "s")}");
        }
    }

    // -h ALL leaves the hold queue alone, -H ALL looks nowhere else.
    private static QueueSelection DefaultQueues(QueueOperation operation, bool isAll) => operation switch
    {
        QueueOperation.Hold when isAll => QueueSelection.Incoming | QueueSelection.Active | QueueSelection.Deferred,
        QueueOperation.Release => QueueSelection.Hold,
        _ => QueueSelection.All,
    };

    private static async Task<int> ActOnInputAsync(QueueAccessor queue, MaildropFiles? maildrop, QueueOperation operation, QueueSelection queues, CommandLog log)
    {
        var count = 0;
        while (await Console.In.ReadLineAsync() is { } line)
        {
            if (line.Trim() is { Length: > 0 } id)
            {
                count += await ActAsync(queue, maildrop, operation, queues, id, log);
            }
        }

        return count;
    }

    private static async Task<int> ActAsync(
        QueueAccessor queue, MaildropFiles? maildrop, QueueOperation operation, QueueSelection queues, string id, CommandLog log)
    {
        if (operation == QueueOperation.Delete && maildrop?.TryDelete(id) == true)
        {
            log.Info($"{id}: {Word(operation)}");
            return 1;
        }

        if (!MaildropFiles.IsQueueId(id))
        {
            log.Warning($"invalid mail queue id: {id}");
            return 0;
        }

        if (!QueueId.TryParse(id, out _))
        {
            return 0; // there is no such message
        }

        var done = await queue.ActAsync(operation, queues, id);
        foreach (var message in done)
        {
            log.Info($"{message}: {Word(operation)}");
        }

        return done.Count;
    }

    private static string Word(QueueOperation operation) => operation switch
    {
        QueueOperation.Delete => "removed",
        QueueOperation.Hold => "placed on hold",
        QueueOperation.Release => "released from hold",
        QueueOperation.Requeue => "requeued",
        _ => "expired",
    };

    private static string Summary(QueueOperation operation) => operation switch
    {
        QueueOperation.Delete => "Deleted",
        QueueOperation.Hold => "Placed on hold",
        QueueOperation.Release => "Released from hold",
        QueueOperation.Requeue => "Requeued",
        _ => "Force-expired",
    };
}
