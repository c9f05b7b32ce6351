using System.Globalization;

namespace Estafeta.Master;

/// <summary>The command line of master(8).</summary>
public sealed record MasterOptions
{
    /// <summary>-c</summary>
    public string? ConfigDirectory { get; init; }

    /// <summary>-D: run debugger_command after initialisation.</summary>
    public bool RunDebugger { get; init; }

    /// <summary>-d: stay in the session of the terminal.</summary>
    public bool StayInSession { get; init; }

    /// <summary>-e seconds: end by itself.</summary>
    public TimeSpan? ExitAfter { get; init; }

    /// <summary>-i: we are process 1, and wait for processes whose parents are gone.</summary>
    public bool IsInit { get; init; }

    /// <summary>-s: foreground, log to standard output allowed.</summary>
    public bool IsForeground { get; init; }

    /// <summary>-t: only tell whether a master is running (exit 1) or not (exit 0).</summary>
    public bool TestOnly { get; init; }

    /// <summary>-w: return when the master in the background is ready.</summary>
    public bool WaitForBackground { get; init; }

    /// <summary>-v</summary>
    public int Verbosity { get; init; }

    /// <summary>Throws <see cref="FormatException"/> with the usage.</summary>
    public static MasterOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new MasterOptions();
        var i = 0;
        while (i < arguments.Count && arguments[i] is ['-', not '-', ..] cluster)
        {
            i++;
            for (var at = 1; at < cluster.Length; at++)
            {
                var option = cluster[at];
                if (option is not ('c' or 'e'))
                {
                    options = Switch(options, option);
                    continue;
                }

                var value = at + 1 < cluster.Length ? cluster[(at + 1)..] : i < arguments.Count ? arguments[i++] : throw Usage();
                options = option == 'c' ? options with { ConfigDirectory = value } : options with { ExitAfter = Seconds(value) };
                break;
            }
        }

        return i == arguments.Count ? options : throw Usage();
    }

    private static MasterOptions Switch(MasterOptions options, char option) => option switch
    {
        'D' => options with { RunDebugger = true },
        'd' => options with { StayInSession = true },
        'i' => options with { IsInit = true, IsForeground = true },
        's' => options with { IsForeground = true },
        't' => options with { TestOnly = true },
        'w' => options with { WaitForBackground = true },
        'v' => options with { Verbosity = options.Verbosity + 1 },
        _ => throw Usage(),
    };

    private static TimeSpan Seconds(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : throw Usage();

    private static FormatException Usage() =>
        new("usage: master [-c config_dir] [-D (debug)] [-d (don't detach from terminal)] [-e exit_time] [-i (init mode)] [-s (stay in foreground)] [-t (test)] [-v] [-w (wait for initialization)]");
}
