using System.Globalization;

namespace Estafeta.Services.Hosting;

/// <summary>
/// The command line master gives a daemon, as Postfix's: <c>smtpd -n smtp -t inet -u -c -s 2 -o name=value … arguments</c>.
/// </summary>
public sealed record DaemonArguments
{
    /// <summary>-n; the program's name when it is the same.</summary>
    public required string ServiceName { get; init; }

    /// <summary>-t</summary>
    public string ServiceType { get; init; } = "unix";

    /// <summary>-u: run as mail_owner.</summary>
    public bool IsUnprivileged { get; init; }

    /// <summary>-c: chroot to the queue directory.</summary>
    public bool IsChrooted { get; init; }

    /// <summary>-s: listening sockets.</summary>
    public int Sockets { get; init; } = 1;

    /// <summary>-l: one at a time; -z: no limit (0); else what the environment or default_process_limit says.</summary>
    public int? Limit { get; init; }

    /// <summary>-S: without master, on standard input and output.</summary>
    public bool IsStandAlone { get; init; }

    /// <summary>-D: debugger_command first.</summary>
    public bool IsDebugged { get; init; }

    /// <summary>-v, how many.</summary>
    public int Verbosity { get; init; }

    /// <summary>-o name=value</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; } = [];

    /// <summary>What follows the options.</summary>
    public IReadOnlyList<string> Rest { get; init; } = [];

    /// <summary>Throws <see cref="FormatException"/> with a message for the log.</summary>
    public static DaemonArguments Parse(string program, IReadOnlyList<string> arguments)
    {
        var result = new DaemonArguments { ServiceName = program };
        var overrides = new List<KeyValuePair<string, string>>();
        var i = 0;
        while (i < arguments.Count && arguments[i] is ['-', not '-', ..] cluster)
        {
            i++;
            for (var at = 1; at < cluster.Length; at++)
            {
                var option = cluster[at];
                if (!TakesValue(option))
                {
                    result = Switch(result, option);
                    continue;
                }

                var value = at + 1 < cluster.Length ? cluster[(at + 1)..] : i < arguments.Count ? arguments[i++] : throw Missing(option);
                result = WithValue(result, option, value, overrides);
                break;
            }
        }

        if (i < arguments.Count && arguments[i] == "--")
        {
            i++;
        }

        return result with { Overrides = overrides, Rest = [.. arguments.Skip(i)] };
    }

    private static bool TakesValue(char option) => option is 'n' or 't' or 'o' or 's' or 'm' or 'i';

    private static DaemonArguments Switch(DaemonArguments result, char option) => option switch
    {
        'u' => result with { IsUnprivileged = true },
        'c' => result with { IsChrooted = true },
        'l' => result with { Limit = 1 },
        'z' => result with { Limit = 0 },
        'S' => result with { IsStandAlone = true },
        'v' => result with { Verbosity = result.Verbosity + 1 },
        'D' => result with { IsDebugged = true },
        'd' or 'V' => result,
        _ => throw new FormatException($"invalid option: -{option}"),
    };

    private static DaemonArguments WithValue(
        DaemonArguments result, char option, string value, List<KeyValuePair<string, string>> overrides)
    {
        switch (option)
        {
            case 'n':
                return result with { ServiceName = value };
            case 't':
                return result with { ServiceType = value };
            case 's':
                return int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
                    ? result with { Sockets = count }
                    : throw new FormatException($"invalid socket_count: {value}");
            case 'o':
                overrides.Add(ToOverride(value));
                return result;
            default:
                overrides.Add(new(option == 'm' ? "max_use" : "max_idle", value));
                return result;
        }
    }

    // "name=value" or "name = value".
    private static KeyValuePair<string, string> ToOverride(string text)
    {
        var equals = text.IndexOf('=');
        var name = equals < 0 ? "" : text[..equals].Trim();
        return name.Length > 0
            ? new(name, text[(equals + 1)..].Trim())
            : throw new FormatException($"invalid \"-o {text}\" option value: missing '=' or name");
    }

    private static FormatException Missing(char option) => new($"option requires an argument: -{option}");
}
