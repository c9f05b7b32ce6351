using System.Globalization;
using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Postcat;

/// <summary>The command line of postcat(1).</summary>
internal sealed record PostcatOptions
{
    private const string UsageText = "[-b (body text)] [-c config_dir] [-d (decimal record type)] [-e (envelope records)] [-f (prefix file name)] "
        + "[-h (header text)] [-o (print offset)] [-q (access queue)] [-r (raw file order)] [-s skip_offset] [-v] [file(s)...]";

    public string? ConfigDirectory { get; private init; }

    public MessageParts Parts { get; private init; }

    /// <summary><c>-d</c>.</summary>
    public bool ShowsTypes { get; private init; }

    /// <summary><c>-o</c>.</summary>
    public bool ShowsOffsets { get; private init; }

    /// <summary><c>-s</c>: the first record shown.</summary>
    public long Start { get; private init; }

    /// <summary><c>-f</c>: the name of the file before each line.</summary>
    public bool HasPrefix { get; private init; }

    /// <summary><c>-q</c>: operands are queue IDs, not paths.</summary>
    public bool HasQueueIds { get; private init; }

    public IReadOnlyList<string> Operands { get; private init; } = [];

    /// <exception cref="CommandException">The command line is no good.</exception>
    public static PostcatOptions Read(IReadOnlyList<string> arguments)
    {
        var reader = new OptionReader(arguments, "bc:defhoqrs:v");
        var options = new PostcatOptions();
        while (reader.TryRead(out var letter, out var value))
        {
            options = letter switch
            {
                'b' => options with { Parts = options.Parts | MessageParts.Body },
                'c' => options with { ConfigDirectory = value },
                'd' => options with { ShowsTypes = true },
                'e' => options with { Parts = options.Parts | MessageParts.Envelope },
                'f' => options with { HasPrefix = true },
                'h' => options with { Parts = options.Parts | MessageParts.Header },
                'o' => options with { ShowsOffsets = true },
                'q' => options with { HasQueueIds = true },
                's' => options with { Start = Offset(value) },
                _ => options, // -r: there are no pointers to follow; -v: nothing more to say
            };
        }

        return reader.Error == null
            ? options with { Operands = reader.Operands, Parts = options.Parts == MessageParts.None ? MessageParts.All : options.Parts }
            : throw CommandProgram.Usage(PostcatProgram.Name, reader, UsageText);
    }

    private static long Offset(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var offset)
        ? offset
        : throw new CommandException($"bad offset: {text}");
}

[Flags]
internal enum MessageParts
{
    None = 0,
    Envelope = 1,
    Header = 2,
    Body = 4,
    All = Envelope | Header | Body,
}
