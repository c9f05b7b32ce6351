using Estafeta.Commands.CommandLine;

namespace Estafeta.Commands.Postmulti;

/// <summary>The command line of postmulti(1), checked.</summary>
internal sealed record PostmultiOptions
{
    private const string Usage =
        "Usage:postmulti -l [-v] [-a] [-g group] [-i instance] | postmulti -p [-v] [-a] [-g group] [-i instance] command... | "
        + "postmulti -x [-v] [-a] [-i name] [-g group] command... | postmulti -e action [-v] [-a] [-i name] [-g group] [-I name] [-G group] [param=value ...]";

    /// <summary><c>l</c>, <c>p</c>, <c>x</c> or <c>e</c>.</summary>
    public char Mode { get; private init; }

    /// <summary>-e: init, create, import, destroy, deport, enable, disable, assign.</summary>
    public string Action { get; private init; } = "";

    public bool IsAll { get; private init; }

    public string? Group { get; private init; }

    public string? Name { get; private init; }

    public string? NewName { get; private init; }

    public string? NewGroup { get; private init; }

    public bool IsReverse { get; private init; }

    public bool IsJson { get; private init; }

    public int Verbosity { get; private init; }

    public IReadOnlyList<string> Operands { get; private init; } = [];

    public static PostmultiOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PostmultiOptions();
        var reader = new OptionReader(arguments, "ae:g:i:G:I:jlpRvx") { StopsAtOperand = true };
        var modes = 0;
        while (reader.TryRead(out var letter, out var value))
        {
            modes += letter is 'e' or 'l' or 'p' or 'x' ? 1 : 0;
            options = letter switch
            {
                'a' => options with { IsAll = true },
                'g' => options with { Group = value },
                'i' => options with { Name = value },
                'G' => options with { NewGroup = value },
                'I' => options with { NewName = value },
                'R' => options with { IsReverse = true },
                'j' => options with { IsJson = true },
                'v' => options with { Verbosity = options.Verbosity + 1 },
                'e' => options with { Mode = letter, Action = value },
                _ => options with { Mode = letter },
            };
        }

        return reader.Error != null
            ? throw new CommandException(Usage) { Preface = $"postmulti: {reader.Error}" }
            : Checked(options with { Operands = reader.Operands }, modes);
    }

    private static PostmultiOptions Checked(PostmultiOptions options, int modes)
    {
        var selections = (options.IsAll ? 1 : 0) + (options.Group != null ? 1 : 0) + (options.Name != null ? 1 : 0);

        // "Specity" is Postfix's.
        var problem = modes != 1 ? "Specify exactly one of '-e', '-l', '-p', '-x'"
            : selections > 1 ? "Specity no more than one of '-a', '-g', '-i'"
            : options.IsReverse && options.Mode is 'p' or 'e' ? "The '-p' and '-e' options preclude the use of '-R'"
            : options.Mode is 'l' or 'p' or 'x' && (options.NewName ?? options.NewGroup) != null ? "The '-I' and '-G' options require '-e'"
            : options.Mode is 'p' or 'x' && options.Operands.Count == 0 ? $"Missing command for '-{options.Mode}'"
            : null;
        return problem == null ? options : throw new CommandException(problem);
    }
}
