namespace Estafeta.Configuration.MasterCf;

/// <summary>One service of master.cf, its eight columns understood and <c>-</c> replaced by the default.</summary>
public sealed record MasterEntry
{
    /// <summary><c>host:port</c> or port for <see cref="ServiceType.Inet"/>, else a path below public/ or private/.</summary>
    public required string Name { get; init; }

    public required ServiceType Type { get; init; }

    /// <summary>The socket stands in private/, else in public/.</summary>
    public required bool IsPrivate { get; init; }

    /// <summary>The service gives up root for mail_owner.</summary>
    public required bool IsUnprivileged { get; init; }

    public required bool Chroot { get; init; }

    /// <summary>The column says <c>-</c>: no, and yes below compatibility_level 1.</summary>
    public bool IsChrootDefault { get; init; }

    /// <summary>Zero: never woken.</summary>
    public required int WakeupSeconds { get; init; }

    /// <summary>The <c>?</c>: no wake-up before the service has been used.</summary>
    public required bool WakeupOnlyIfUsed { get; init; }

    /// <summary>Zero: no limit. Null: <c>$default_process_limit</c>.</summary>
    public required int? ProcessLimit { get; init; }

    /// <summary>The program, below daemon_directory unless it is an absolute path.</summary>
    public required string Command { get; init; }

    /// <summary>All arguments as written, <c>-o</c> included, braces taken off: what the program would get.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The <c>-o name=value</c> among the arguments, in order.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; }

    public required SourcePosition Position { get; init; }

    public int Line => Position.Line;

    /// <summary>The type as master.cf writes it.</summary>
    public string TypeName => Type == ServiceType.UnixDatagram ? "unix-dgram" : Type.ToString().ToLowerInvariant();

    /// <summary>The number of <c>-v</c> among the arguments.</summary>
    public int Verbosity => Arguments.Count(a => a.StartsWith("-v", StringComparison.Ordinal) && a.TrimStart('-').All(c => c == 'v'));

    /// <summary>The socket's path below the queue directory, or the name for an inet service: by this and the type an entry is known.</summary>
    public string Endpoint => Type == ServiceType.Inet ? Name : (IsPrivate ? "private/" : "public/") + Name;
}
