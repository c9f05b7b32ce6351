using Estafeta.Commands.CommandLine;
using Estafeta.Tables;
using Estafeta.Tables.Writing;

namespace Estafeta.Commands.Postmap;

internal enum TableAction
{
    Create,
    Query,
    Delete,
    List,
}

/// <summary>The command line of postmap and postalias, as far as they agree.</summary>
internal sealed record TableCommandOptions
{
    public TableAction Action { get; init; }

    /// <summary>The key of <c>-q</c> or <c>-d</c>; <c>-</c> reads keys from standard input.</summary>
    public string Key { get; init; } = "";

    public string? ConfigDirectory { get; init; }

    public bool IsIncremental { get; init; }

    public bool FoldsKeys { get; init; } = true;

    public DuplicateRule Duplicates { get; init; }

    public bool? TerminatesWithNul { get; init; }

    /// <summary>Not <c>-o</c>: root becomes the owner of the source file.</summary>
    public bool DropsPrivileges { get; init; } = true;

    /// <summary>Not <c>-p</c>: a new file takes the permissions of the source.</summary>
    public bool InheritsMode { get; init; } = true;

    /// <summary>Not <c>-u</c>.</summary>
    public bool AllowsUtf8 { get; init; } = true;

    public bool ForcesUtf8 { get; init; }

    /// <summary><c>-F</c>.</summary>
    public bool ValueIsFile { get; init; }

    public bool ReadsHeaders { get; init; }

    public bool ReadsBody { get; init; }

    public bool ReadsMime { get; init; }

    public bool WritesJson { get; init; }

    public bool IsVerbose { get; init; }

    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>postmap reads messages with <c>-q -</c> as they are: UTF-8 is not asked of them unless <c>-U</c> asks.</summary>
    public bool ChecksUtf8 => AllowsUtf8 && (ForcesUtf8 || !(ReadsHeaders || ReadsBody));

    public TableFlags FlagsFor(TableSet tables)
    {
        var flags = FoldsKeys ? TableFlags.FoldKeys : TableFlags.None;
        flags |= ChecksUtf8 ? tables.DefaultFlags & TableFlags.Utf8 : TableFlags.None;
        return flags | TableFlags.Snapshot | (ValueIsFile ? TableFlags.ValueIsFile : TableFlags.None);
    }

    /// <exception cref="CommandException">The command line is no good.</exception>
    public static TableCommandOptions Parse(string name, IReadOnlyList<string> arguments, string letters, string usage)
    {
        var reader = new OptionReader(arguments, letters);
        var options = new TableCommandOptions();
        while (reader.TryRead(out var letter, out var value))
        {
            options = options.With(letter, value);
        }

        return reader.Error == null && reader.Operands.Count > 0
            ? options with { Tables = reader.Operands }
            : throw CommandProgram.Usage(name, reader, usage);
    }

    private TableCommandOptions With(char letter, string value) => letter switch
    {
        'b' => this with { ReadsBody = true },
        'c' => this with { ConfigDirectory = value },
        'd' => WithAction(TableAction.Delete, value),
        'f' => this with { FoldsKeys = false },
        'F' => this with { ValueIsFile = true },
        'h' => this with { ReadsHeaders = true },
        'i' => this with { IsIncremental = true },
        'j' => this with { WritesJson = true },
        'm' => this with { ReadsMime = true },
        'n' => this with { TerminatesWithNul = false },
        'N' => this with { TerminatesWithNul = true },
        'o' => this with { DropsPrivileges = false },
        'p' => this with { InheritsMode = false },
        'q' => WithAction(TableAction.Query, value),
        'r' => this with { Duplicates = DuplicateRule.Replace },
        's' => WithAction(TableAction.List, ""),
        'u' => this with { AllowsUtf8 = false },
        'U' => this with { ForcesUtf8 = true },
        'w' => this with { Duplicates = DuplicateRule.Ignore },
        _ => this with { IsVerbose = true },
    };

    private TableCommandOptions WithAction(TableAction action, string key) => Action == TableAction.Create
        ? this with { Action = action, Key = key }
        : throw new CommandException(action == TableAction.List ? "specify only one of -s or -q or -d" : "specify only one of -s -q or -d");
}
