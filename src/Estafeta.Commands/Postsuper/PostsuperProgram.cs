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
        [QueueOperation.Requeue, QueueOperation.Delete, QueueOperation.Expire, QueueOperation.Hold, QueueOperation.Release];

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        if (!Privileges.IsRoot)
        {
            throw new CommandException("use of this command is reserved for the superuser");
        }

        var options = PostsuperOptions.Read(arguments);
        var parameters = CommandProgram.Load(options.ConfigDirectory, log);
        CheckMaildrop(options, parameters, log);
        if (options.Steps.Count > 0)
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
        await using var queue = await QueueAccessor.OpenAsync(parameters, log);
        var session = new Session(options, queue, options.HasMaildrop ? Maildrop(parameters) : null, log);
        foreach (var (operations, id) in options.Steps)
        {
            await session.RunAsync(operations, id);
        }

        foreach (var operation in SummaryOrder)
        {
            if (session.Counts.TryGetValue(operation, out var count))
            {
                log.Info($"{Summary(operation)}: {count} message{(count == 1 ? "" : "s")}");
            }
        }
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

    /// <summary>One run: counts what is done, and says it of messages that are named.</summary>
    private sealed class Session(PostsuperOptions options, QueueAccessor queue, MaildropFiles? maildrop, CommandLog log)
    {
        public Dictionary<QueueOperation, int> Counts { get; } = [];

        public async Task RunAsync(IReadOnlyList<QueueOperation> operations, string id)
        {
            foreach (var operation in operations)
            {
                Counts.TryAdd(operation, 0);
                if (id == All)
                {
                    Counts[operation] += (await queue.ActAsync(operation, QueuesOf(operation), "")).Count
                        + (operation == QueueOperation.Delete ? maildrop?.DeleteAll() ?? 0 : 0);
                }
            }

            if (id == StandardInput)
            {
                while (await Console.In.ReadLineAsync() is { } line)
                {
                    await ActAsync(operations, line);
                }
            }
            else if (id != All)
            {
                await ActAsync(operations, id);
            }
        }

        private async Task ActAsync(IReadOnlyList<QueueOperation> operations, string id)
        {
            if (!MaildropFiles.IsQueueId(id))
            {
                log.Warning($"invalid mail queue id: {id}");
                return;
            }

            foreach (var operation in operations)
            {
                if ((operation == QueueOperation.Delete && maildrop?.TryDelete(id) == true)
                    || (QueueId.TryParse(id, out _) && (await queue.ActAsync(operation, QueuesOf(operation), id)).Count > 0))
                {
                    Counts[operation]++;
                    log.Info($"{id}: {Word(operation)}");
                }
            }
        }

        // Those named; else each operation's own.
        private QueueSelection QueuesOf(QueueOperation operation) => operation switch
        {
            _ when options.IsLimited => options.Queues,
            QueueOperation.Delete => QueueSelection.All | QueueSelection.Maildrop,
            QueueOperation.Hold => QueueSelection.All & ~QueueSelection.Hold,
            QueueOperation.Release => QueueSelection.Hold,
            _ => QueueSelection.All,
        };
    }
}
