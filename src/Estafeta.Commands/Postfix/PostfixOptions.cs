using Estafeta.Commands.CommandLine;

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

    /// <summary>Throws <see cref="CommandException"/> with the usage.</summary>
    public static PostfixOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new PostfixOptions();
        var reader = new OptionReader(arguments, "c:Dv") { StopsAtOperand = true };
        while (reader.TryRead(out var letter, out var value))
        {
            options = letter switch
            {
                'c' => options with { ConfigDirectory = value },
                'D' => options with { Debug = true },
                _ => options with { Verbosity = options.Verbosity + 1 },
            };
        }

        return reader.Error == null
            ? options with { Command = reader.Operands.Count > 0 ? reader.Operands[0] : "", Arguments = [.. reader.Operands.Skip(1)] }
            : throw CommandProgram.Usage("postfix", reader, "[-c config_dir] [-Dv] command");
    }
}
