using Estafeta.Configuration.Files;
using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.MasterCf;

/// <summary>
/// One entry of master.cf as text, for those who show, check or rewrite it (postconf); <see cref="MasterEntry"/> is what a daemon understands of it.
/// Arguments are in one normal form: braces taken off, <c>-oname=value</c> in two, <c>{ name = value }</c> without blanks around the equals sign.
/// </summary>
public sealed record ServiceLine
{
    /// <summary>The names of the columns in <c>postconf -F</c>.</summary>
    public static readonly IReadOnlyList<string> FieldNames =
        ["service", "type", "private", "unprivileged", "chroot", "wakeup", "process_limit", "command"];

    private const int CommandField = 7;
    private const string Blanks = " \t\r\n\v\f";

    private static readonly string[] Types = ["inet", "unix", "unix-dgram", "fifo", "pass"];

    private ServiceLine(IReadOnlyList<string> fields, IReadOnlyList<string> arguments, SourcePosition position)
    {
        Fields = fields;
        Arguments = arguments;
        Position = position;
    }

    /// <summary>The eight columns, the last without arguments.</summary>
    public IReadOnlyList<string> Fields { get; private init; }

    public IReadOnlyList<string> Arguments { get; private init; }

    public SourcePosition Position { get; }

    public string Name => Fields[0];

    public string Type => Fields[1];

    public string Command => Fields[CommandField];

    /// <summary><c>submission/inet</c>.</summary>
    public string Key => $"{Name}/{Type}";

    /// <summary>How many arguments at the front are options, values of <c>-o</c> included: a daemon's own end at <c>--</c> or the first that is none.</summary>
    public int OptionCount
    {
        get
        {
            var i = 0;
            while (i < Arguments.Count && Arguments[i].StartsWith('-') && Arguments[i] != "--")
            {
                i += IsOverride(i) ? 2 : 1;
            }

            return i;
        }
    }

    /// <summary>The parameters set with <c>-o</c>; of several with one name the last counts.</summary>
    public IReadOnlyDictionary<string, string> Overrides
    {
        get
        {
            var overrides = new Dictionary<string, string>(StringComparer.Ordinal);
            var end = OptionCount;
            for (var i = 0; i < end; i++)
            {
                if (IsOverride(i) && NameValue.TrySplit(Arguments[++i], out var name, out var value, out _))
                {
                    overrides[name] = value;
                }
            }

            return overrides;
        }
    }

    /// <summary>Null when the line has too few columns.</summary>
    /// <param name="text">A logical line.</param>
    /// <param name="position">Where it is.</param>
    /// <param name="warn">Told about unbalanced braces and malformed <c>-o</c>.</param>
    /// <exception cref="ConfigurationException">A column has a value it cannot have.</exception>
    public static ServiceLine? Parse(string text, SourcePosition position, Action<string> warn)
    {
        var words = WordList.Split(text, Blanks);
        if (words.Count <= CommandField)
        {
            return null;
        }

        var fields = words.GetRange(0, CommandField + 1);
        for (var i = 0; i < fields.Count; i++)
        {
            Check(i, fields[i], text);
        }

        return new ServiceLine(fields, ServiceArguments.Normalize(words[(CommandField + 1)..], warn), position);
    }

    /// <summary>The same entry with another value in a column; of the command column, arguments included.</summary>
    public ServiceLine WithField(int field, string value, Action<string> warn)
    {
        if (field == CommandField)
        {
            var words = WordList.Split(value, Blanks);
            return words.Count == 0
                ? throw new ConfigurationException("the command field must not be empty")
                : this with { Fields = [.. Fields.Take(CommandField), words[0]], Arguments = ServiceArguments.Normalize(words[1..], warn) };
        }

        Check(field, value, value);
        return this with { Fields = [.. Fields.Take(field), value, .. Fields.Skip(field + 1)] };
    }

    /// <summary>The same entry with <c>-o name=value</c> in place of all that set the name, or behind the other options.</summary>
    public ServiceLine WithOverride(string name, string value)
    {
        var arguments = Arguments.ToList();
        var end = OptionCount;
        var found = false;
        for (var i = 0; i < end; i++)
        {
            if (IsOverride(i))
            {
                i++;
                if (arguments[i].StartsWith(name + "=", StringComparison.Ordinal))
                {
                    arguments[i] = $"{name}={value}";
                    found = true;
                }
            }
        }

        if (!found)
        {
            arguments.InsertRange(end, ["-o", $"{name}={value}"]);
        }

        return this with { Arguments = arguments };
    }

    public ServiceLine WithoutOverride(string name)
    {
        var arguments = new List<string>();
        var end = OptionCount;
        for (var i = 0; i < Arguments.Count; i++)
        {
            if (i < end && IsOverride(i) && Arguments[i + 1].StartsWith(name + "=", StringComparison.Ordinal))
            {
                i++;
                continue;
            }

            arguments.Add(Arguments[i]);
        }

        return this with { Arguments = arguments };
    }

    /// <summary>The argument is <c>-o</c> and has its value behind it.</summary>
    public bool IsOverride(int argument) => Arguments[argument] == "-o" && argument + 1 < Arguments.Count;

    private static void Check(int field, string value, string context)
    {
        var isGood = field switch
        {
            0 or CommandField => value.Length > 0,
            1 => Types.Contains(value),
            5 => value is "-" or "?" || IsNumber(value.EndsWith('?') ? value[..^1] : value),
            6 => value == "-" || IsNumber(value),
            _ => value is "-" or "y" or "n",
        };
        if (!isGood)
        {
            throw new ConfigurationException($"invalid {FieldNames[field]} field \"{value}\" in \"{context}\"");
        }
    }

    private static bool IsNumber(string value) => value.Length > 0 && !value.AsSpan().ContainsAnyExceptInRange('0', '9');
}
