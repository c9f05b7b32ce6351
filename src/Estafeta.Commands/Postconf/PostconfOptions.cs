using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Usage;

namespace Estafeta.Commands.Postconf;

/// <summary>postconf's command line, understood and free of contradictions.</summary>
internal sealed record PostconfOptions
{
    public const string Name = "postconf";

    /// <summary>The letters of <see cref="PostconfOption"/>, lowest bit first.</summary>
    public const string Order = "aAbdefFhHjlmMnopPtTxX#";

    /// <summary>For text that is written rather than shown.</summary>
    public static readonly PostconfOptions Folding = new() { Options = PostconfOption.Main | PostconfOption.Fold };

    private const string Letters = "aAbc:C:deEfFhHjlmMno:pPqtT:vxX#";

    private const string UsageText =
        "[-a (server SASL types)] [-A (client SASL types)] [-b (bounce templates)] [-c config_dir] [-c param_class] [-d (parameter defaults)]"
        + " [-e (edit configuration)] [-f (fold lines)] [-F (master.cf fields)] [-h (no names)] [-H (no values)] [-j (JSON output)] [-l (lock types)]"
        + " [-m (map types)] [-M (master.cf)] [-n (non-default parameters)] [-o name=value (override parameter value)] [-p (main.cf, default)]"
        + " [-P (master.cf parameters)] [-q (silence warnings)] [-t (bounce templates)] [-T compile-version|run-version|public-key-algorithms]"
        + " [-v (verbose)] [-x (expand parameter values)] [-X (exclude)] [-# (comment-out)] [name...]";

    public PostconfOption Options { get; private init; }

    public string? ConfigDirectory { get; private init; }

    public ParameterClass Classes { get; private init; } = ParameterClass.All;

    public IReadOnlyList<KeyValuePair<string, string>> Overrides { get; private init; } = [];

    public string TlsTopic { get; private init; } = "";

    /// <summary><c>-PP</c>: with the parameters that an entry of master.cf leaves as main.cf has them.</summary>
    public bool ShowsAllOfServices { get; private init; }

    /// <summary><c>-q</c>: no warnings about unused and deprecated parameters.</summary>
    public bool IsQuiet { get; private init; }

    public IReadOnlyList<string> Operands { get; private init; } = [];

    public PostconfOption Mode => Options & OptionConflicts.Modes;

    public bool Has(PostconfOption option) => (Options & option) != PostconfOption.None;

    /// <exception cref="CommandException">The command line is no good.</exception>
    public static PostconfOptions Parse(IReadOnlyList<string> arguments, string calledAs)
    {
        var reader = new OptionReader(arguments, Letters) { StopsAtOperand = true };
        var options = new PostconfOptions();
        while (reader.TryRead(out var letter, out var value))
        {
            if (letter == 'E')
            {
                throw CommandProgram.Usage(calledAs, reader, UsageText);
            }

            options = options.With(letter, value);
        }

        if (reader.Error != null)
        {
            throw CommandProgram.Usage(calledAs, reader, UsageText);
        }

        return (options with { Operands = reader.Operands }).Completed();
    }

    private PostconfOptions Completed()
    {
        var options = Options;
        if ((options & OptionConflicts.Modes) == PostconfOption.None)
        {
            options |= PostconfOption.Main;
        }

        // The first operand tells: "name=value" asks for a change.
        if (Operands.Count > 0 && Operands[0].Contains('=', StringComparison.Ordinal) && IsMainOrMaster(options))
        {
            options |= PostconfOption.Edit;
        }

        OptionConflicts.Check(options);
        var isChange = (options & (PostconfOption.Edit | PostconfOption.Remove | PostconfOption.CommentOut)) != PostconfOption.None;
        if (isChange && Operands.Count == 0)
        {
            throw new CommandException(options.HasFlag(PostconfOption.Edit) ? "-e requires name=value argument" : "missing service argument");
        }

        return Operands.Count > 1 && (options & (PostconfOption.Templates | PostconfOption.ExpandedTemplates)) != PostconfOption.None
            ? throw new CommandException("options -b and -t require at most one template file")
            : this with { Options = options };
    }

    private static bool IsMainOrMaster(PostconfOption options) =>
        (options & (PostconfOption.Main | PostconfOption.MasterEntries | PostconfOption.MasterFields | PostconfOption.MasterOverrides)) != PostconfOption.None;

    private PostconfOptions With(char letter, string value)
    {
        switch (letter)
        {
            case 'c':
                return this with { ConfigDirectory = value };
            case 'C':
                return this with { Classes = ParseClasses(value) };
            case 'q':
                return this with { IsQuiet = true };
            case 'v':
                return this;
        }

        var option = (PostconfOption)(1 << Order.IndexOf(letter, StringComparison.Ordinal));
        var other = this with { Options = Options | option };
        return option switch
        {
            PostconfOption.MasterOverrides => other with { ShowsAllOfServices = Has(PostconfOption.MasterOverrides) },
            PostconfOption.Override => other with { Overrides = [.. Overrides, ParseOverride(value)] },
            PostconfOption.Tls when Has(PostconfOption.Tls) => throw new CommandException("At most one -T <mode> option may be specified"),
            PostconfOption.Tls => other with { TlsTopic = value },
            PostconfOption.Templates when Has(PostconfOption.ExpandedTemplates) => throw new CommandException("specify one of -b and -t"),
            PostconfOption.ExpandedTemplates when Has(PostconfOption.Templates) => throw new CommandException("specify one of -b and -t"),
            _ => other,
        };
    }

    private static KeyValuePair<string, string> ParseOverride(string text) =>
        NameValue.TrySplit(text, out var name, out var value, out var problem)
            ? new KeyValuePair<string, string>(name, value)
            : throw new CommandException($"invalid parameter override: {text}: {problem}");

    private static ParameterClass ParseClasses(string text)
    {
        var classes = ParameterClass.None;
        foreach (var word in text.Split([',', ' ', '\t', '\r', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            classes |= word.ToLowerInvariant() switch
            {
                "builtin" => ParameterClass.Builtin,
                "service" => ParameterClass.Service,
                "user" => ParameterClass.User,
                "all" => ParameterClass.All,
                _ => throw new CommandException($"unknown -C option value \"{word}\" in \"{text}\""),
            };
        }

        return classes;
    }
}
