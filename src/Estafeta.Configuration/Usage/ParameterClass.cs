namespace Estafeta.Configuration.Usage;

/// <summary>What kind of name a parameter of main.cf has: <c>postconf -C</c>.</summary>
[Flags]
public enum ParameterClass
{
    None = 0,

    /// <summary>In the catalogue.</summary>
    Builtin = 1,

    /// <summary>Made of a master.cf service's name and a suffix.</summary>
    Service = 2,

    /// <summary>Anything else that something refers to: a <c>$name</c>, a restriction class, a table's settings.</summary>
    User = 4,

    All = Builtin | Service | User,
}
