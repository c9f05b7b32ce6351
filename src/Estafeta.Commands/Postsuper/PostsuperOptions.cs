using Estafeta.Commands.CommandLine;
using Estafeta.Queue.Administration;

namespace Estafeta.Commands.Postsuper;

/// <summary>The command line of postsuper(1): operations with queue IDs, and the queues they are limited to.</summary>
internal sealed record PostsuperOptions
{
    public const string Usage =
        "[-c config_dir] [-d queue_id (delete)] [-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] [-h queue_id (hold)] "
        + "[-H queue_id (un-hold)] [-p (purge temporary files)] [-r queue_id (requeue)] [-s (structure fix)] "
        + "[-S (redundant structure fix)][-v (verbose)] [queue...]";

    public string? ConfigDirectory { get; init; }

    /// <summary>In the order given; the ID is <c>ALL</c>, <c>-</c> for standard input, or a queue ID.</summary>
    public IReadOnlyList<(IReadOnlyList<QueueOperation> Operations, string Id)> Steps { get; init; } = [];

    /// <summary><c>-p</c>.</summary>
    public bool PurgesTemporaryFiles { get; init; }

    /// <summary><c>-s</c>, <c>-S</c>.</summary>
    public bool ChecksStructure { get; init; }

    /// <summary>None given: each operation has its own default.</summary>
    public QueueSelection Queues { get; init; }

    /// <summary>Queues are named, be it only such as hold no messages.</summary>
    public bool IsLimited { get; init; }

    /// <summary>maildrop is among the queues: named, or none is.</summary>
    public bool HasMaildrop => !IsLimited || Queues.HasFlag(QueueSelection.Maildrop);

    public static PostsuperOptions Read(IReadOnlyList<string> arguments)
    {
        var options = new OptionReader(arguments, "c:d:e:f:h:H:pr:sSv");
        var steps = new List<(IReadOnlyList<QueueOperation>, string)>();
        string? directory = null;
        var (purges, checks) = (false, false);
        while (options.TryRead(out var option, out var value))
        {
            switch (option)
            {
                case 'c':
                    directory = value;
                    break;
                case 'd' or 'e' or 'f' or 'h' or 'H' or 'r':
                    steps.Add((OperationsOf(option), value));
                    break;
                case 'p':
                    purges = true;
                    break;
                case 's' or 'S':
                    checks = true;
                    break;
            }
        }

        if (options.Error != null)
        {
            throw CommandProgram.Usage(PostsuperProgram.Name, options, Usage);
        }

        var queues = QueueSelection.None;
        foreach (var name in options.Operands)
        {
            var queue = QueueSelections.Parse(name);
            if (queue == QueueSelection.None && name is not ("bounce" or "defer" or "trace" or "flush"))
            {
                throw new CommandException($"invalid directory name: {name}");
            }

            queues |= queue;
        }

        var isBare = steps.Count == 0 && !purges && !checks; // then it is -p and -s
        return new PostsuperOptions
        {
            ConfigDirectory = directory,
            Steps = steps,
            PurgesTemporaryFiles = purges || isBare,
            ChecksStructure = checks || isBare,
            Queues = queues,
            IsLimited = options.Operands.Count > 0,
        };
    }

    private static IReadOnlyList<QueueOperation> OperationsOf(char option) => option switch
    {
        'd' => [QueueOperation.Delete],
        'e' => [QueueOperation.Expire],
        'f' => [QueueOperation.Expire, QueueOperation.Release],
        'h' => [QueueOperation.Hold],
        'H' => [QueueOperation.Release],
        _ => [QueueOperation.Requeue],
    };
}
