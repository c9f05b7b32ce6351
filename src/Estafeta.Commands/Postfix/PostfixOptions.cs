namespace Estafeta.Commands.Postfix;

/// <summary><c>postfix [-Dv] [-c config_dir] command [arguments]</c>.</summary>
internal sealed record PostfixOptions
{
    public string? ConfigDirectory { get; init; }

    /// <summary>-D: daemons with <c>-D</c> in master.cf run under debugger_command.</summary>
    public bool Debug { get; init; }

    public int Verbosity { get; init; }

    public string Command { get; init; } = "";

    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Throws <see cref="FormatException"/> with the usage.</summary>
    public static PostfixOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PostfixOptions();
        var i = 0;
        while (i < arguments.Count && arguments[i] is ['-', not '-', ..] cluster)
        {
            i++;
            for (var at = 1; at < cluster.Length; at++)
            {
                switch (cluster[at])
                {
                    case 'D':
                        options = options with { Debug = true };
                        break;
                    case 'v':
                        options = options with { Verbosity = options.Verbosity + 1 };
                        break;
                    case 'c':
                        options = options with
                        {
                            ConfigDirectory = at + 1 < cluster.Length ? cluster[(at + 1)..] : i < arguments.Count ? arguments[i++] : throw Usage(),
                        };
                        at = cluster.Length;
                        break;
                    default:
                        throw Usage();
                }
            }
        }

        return options with
        {
            Command = i < arguments.Count ? arguments[i] : "",
            Arguments = [.. arguments.Skip(i + 1)],
        };
    }

    private static FormatException Usage() => new("usage: postfix [-c config_dir] [-Dv] command");
}
