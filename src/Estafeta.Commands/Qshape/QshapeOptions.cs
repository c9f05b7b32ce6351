using System.Globalization;
using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Qshape;

/// <summary>The command line of qshape(1).</summary>
internal sealed record QshapeOptions
{
    public const string Usage =
        "[ -s ] [ -p ] [ -m <min_subdomains> ] [ -l ]\n\t[ -b <bucket_count> ] [ -t <bucket_time> ] [ -w <terminal_width> ]\n"
        + "\t[ -N <batch_msg_count> ] [ -n <batch_top_domains> ]\n\t[ -c <config_directory> ] [ <queue_name> ... ]";

    /// <summary>-s: senders instead of recipients.</summary>
    public bool CountsSenders { get; init; }

    /// <summary>-p: parent domains too.</summary>
    public bool HasParents { get; init; }

    /// <summary>-m: subdomains a parent needs to be shown.</summary>
    public int MinimumSubdomains { get; init; } = 5;

    /// <summary>-l: all buckets are of the same size.</summary>
    public bool IsLinear { get; init; }

    public int BucketCount { get; init; } = 10;

    /// <summary>-t, minutes.</summary>
    public int BucketMinutes { get; init; } = 5;

    public int Width { get; init; } = 80;

    public string? ConfigDirectory { get; init; }

    public IReadOnlyList<string> Queues { get; init; } = ["incoming", "active"];

    public static QshapeOptions Read(IReadOnlyList<string> arguments)
    {
        var reader = new OptionReader(arguments, "spm:lb:t:w:N:n:c:");
        var options = new QshapeOptions();
        while (reader.TryRead(out var option, out var value))
        {
            options = option switch
            {
                's' => options with { CountsSenders = true },
                'p' => options with { HasParents = true },
                'l' => options with { IsLinear = true },
                'm' => options with { MinimumSubdomains = Number(value) },
                'b' => options with { BucketCount = Math.Max(1, Number(value)) },
                't' => options with { BucketMinutes = Math.Max(1, Number(value)) },
                'w' => options with { Width = Number(value) },
                'c' => options with { ConfigDirectory = value },
                _ => options,
            };
        }

        if (reader.Error != null)
        {
            throw CommandProgram.Usage(QshapeProgram.Name, reader, Usage);
        }

        return reader.Operands.Count == 0 ? options : options with { Queues = [.. reader.Operands] };
    }

    private static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new CommandException($"bad number: {text}");
}
