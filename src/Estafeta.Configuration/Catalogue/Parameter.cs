namespace Estafeta.Configuration.Catalogue;

/// <summary>
/// One main.cf parameter: its name and the default of Postfix 3.12 with macros unexpanded.
/// The catalogue (<see cref="Parameters"/>) declares each exactly once; a <see cref="ParameterSet"/> gives its value.
/// </summary>
public abstract record Parameter(string Name, string Default)
{
    /// <summary>The default depends on the machine or the process and is worked out when asked for.</summary>
    public bool IsComputed { get; init; }

    /// <summary>
    /// postconf lists it whatever the configuration says. Not so names of the past, which only the default of their successor reads,
    /// and limits of single transports, which come and go with their master.cf entry.
    /// </summary>
    public bool IsBuiltin { get; init; } = true;

    /// <summary>A name of the past: nobody misses it when it is not set, and it is shown when asked for.</summary>
    public bool IsLegacy { get; init; }
}

/// <summary>A text; <c>$name</c> is expanded when it is read.</summary>
public sealed record StringParameter(string Name, string Default) : Parameter(Name, Default)
{
    public int MinimumLength { get; init; }

    public int MaximumLength { get; init; } = int.MaxValue;
}

/// <summary>A text the reader expands itself, with names of its own (<c>$home</c>, <c>$rbl_code</c>).</summary>
public sealed record RawParameter(string Name, string Default) : Parameter(Name, Default)
{
    public int MinimumLength { get; init; }

    public int MaximumLength { get; init; } = int.MaxValue;
}

/// <summary><c>yes</c> or <c>no</c>, case-insensitive.</summary>
public sealed record BooleanParameter(string Name, string Default) : Parameter(Name, Default);

/// <summary>A decimal number; a limit of zero is no limit, as in Postfix.</summary>
public sealed record IntegerParameter(string Name, string Default) : Parameter(Name, Default)
{
    public int Minimum { get; init; }

    public int Maximum { get; init; } = int.MaxValue;
}

public sealed record LongParameter(string Name, string Default) : Parameter(Name, Default)
{
    public long Minimum { get; init; }

    public long Maximum { get; init; } = long.MaxValue;
}

/// <summary>A time: digits and one of s m h d w; without a unit, the unit of the default.</summary>
public sealed record TimeParameter(string Name, string Default) : Parameter(Name, Default)
{
    /// <summary>Seconds.</summary>
    public int Minimum { get; init; }

    /// <summary>Seconds.</summary>
    public int Maximum { get; init; } = int.MaxValue;
}

/// <summary>
/// A parameter whose first word is the name of a master.cf service: <c>&lt;transport&gt;_recipient_limit</c>.
/// Read with <see cref="ParameterSet.Get(TransportParameter, string)"/>.
/// </summary>
public sealed record TransportParameter(string Name, string Default) : Parameter(Name, Default)
{
    public string NameFor(string transport) => Name.Replace("<transport>", transport, StringComparison.Ordinal);
}
