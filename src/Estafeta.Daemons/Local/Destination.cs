namespace Estafeta.Daemons.Local;

public enum DestinationKind
{
    /// <summary>An address, internal form, perhaps without domain.</summary>
    Address,

    /// <summary><c>|command</c>, without the bar.</summary>
    Command,

    /// <summary><c>/file</c>, or <c>~/file</c> with the tilde.</summary>
    File,

    /// <summary><c>:include:/file</c>, the file.</summary>
    Include,
}

/// <summary>An item of an alias, .forward or :include: list.</summary>
public readonly record struct Destination(DestinationKind Kind, string Text);
