using System.Globalization;
using Estafeta.Configuration.Files;
using Estafeta.Configuration.Lists;

namespace Estafeta.Configuration.MasterCf;

/// <summary>One logical line of master.cf. What is wrong is told in Postfix's words, with file and line in front.</summary>
internal ref struct MasterEntryParser(ReadOnlySpan<char> line, SourcePosition position, bool chrootsByDefault)
{
    private const string Blanks = " \t\r\n\v\f";

    private readonly SourcePosition _position = position;
    private readonly bool _chrootsByDefault = chrootsByDefault;
    private ReadOnlySpan<char> _rest = line;

    public MasterEntry Parse()
    {
        var name = Field("service name");
        var type = Type(Field("transport type"));
        var isPrivate = Flag("private", defaultValue: true);
        if (isPrivate && type == ServiceType.Inet)
        {
            throw Wrong("inet service cannot be private");
        }

        var unprivileged = Flag("unprivileged", defaultValue: true);
        var leavesChroot = _rest.TrimStart(Blanks) is ['-', ..];
        var chroot = Flag("chroot", _chrootsByDefault);
        var wakeup = Field("wakeup_time");
        var wakeupSeconds = Number("wakeup_time", wakeup) ?? 0;
        var processLimit = Number("max_proc", Field("max_proc"));
        var command = Field("command");
        var arguments = Arguments();
        return new MasterEntry
        {
            Name = name,
            Type = type,
            IsPrivate = isPrivate,
            IsUnprivileged = unprivileged,
            Chroot = chroot,
            IsChrootDefault = leavesChroot,
            WakeupSeconds = wakeupSeconds,
            WakeupOnlyIfUsed = wakeup.EndsWith('?'),
            ProcessLimit = processLimit,
            Command = command,
            Arguments = arguments,
            Overrides = Overrides(arguments),
            Position = _position,
        };
    }

    private string Field(string name) =>
        WordList.TryNext(ref _rest, Blanks, out var field) ? field.ToString() : throw Wrong($"missing \"{name}\" field");

    private readonly ServiceType Type(string field) => field switch
    {
        "inet" => ServiceType.Inet,
        "unix" => ServiceType.Unix,
        "unix-dgram" => ServiceType.UnixDatagram,
        "fifo" => ServiceType.Fifo,
        "pass" => ServiceType.Pass,
        "-" => throw Wrong("field \"transport type\" has no default value"),
        _ => throw Wrong($"bad transport type: {field}"),
    };

    private bool Flag(string name, bool defaultValue) => Field(name) switch
    {
        "y" => true,
        "n" => false,
        "-" => defaultValue,
        var other => throw Wrong($"field \"{name}\": bad value: \"{other}\""),
    };

    // As in Postfix, what follows the digits is not looked at, so "5m" is 5; check warns about it.
    private readonly int? Number(string name, string field)
    {
        if (field == "-")
        {
            return null;
        }

        var end = 0;
        while (end < field.Length && char.IsAsciiDigit(field[end]))
        {
            end++;
        }

        return int.TryParse(field.AsSpan(0, end), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw Wrong($"field \"{name}\": bad value: \"{field}\"");
    }

    private List<string> Arguments()
    {
        var arguments = new List<string>();
        while (WordList.TryNext(ref _rest, Blanks, out var argument))
        {
            if (argument[0] != '{')
            {
                arguments.Add(argument.ToString());
                continue;
            }

            if (WordList.Unbrace(argument, out var inside) is { } problem)
            {
                throw Wrong(problem);
            }

            arguments.Add(inside.ToString());
        }

        return arguments;
    }

    private readonly List<KeyValuePair<string, string>> Overrides(List<string> arguments)
    {
        var overrides = new List<KeyValuePair<string, string>>();
        for (var i = 0; i < arguments.Count && arguments[i].StartsWith('-'); i++)
        {
            if (!arguments[i].StartsWith("-o", StringComparison.Ordinal))
            {
                continue;
            }

            var setting = arguments[i].Length > 2 ? arguments[i][2..] : ++i < arguments.Count ? arguments[i] : throw Wrong("missing argument of -o option");
            overrides.Add(NameValue.TrySplit(setting, out var name, out var value, out var problem)
                ? new KeyValuePair<string, string>(name, value)
                : throw Wrong($"invalid \"-o {setting}\" option value: {problem}"));
        }

        return overrides;
    }

    private readonly ConfigurationException Wrong(string problem) => new($"{_position.File}: line {_position.Line}: {problem}");
}
