using Estafeta.Daemons.Smtpd.Explaining;

namespace Estafeta.Commands.Explain;

/// <param name="Service">The smtpd entry of master.cf.</param>
/// <param name="Session">What the SMTP server does.</param>
/// <param name="Route">Where the message goes from there.</param>
internal sealed record Explanation(string Service, SmtpdExplanation Session, ExplainedRoute Route);

/// <summary>What becomes of a message behind smtpd.</summary>
internal sealed record ExplainedRoute
{
    public static readonly ExplainedRoute None = new();

    /// <summary>In the queue: rewritten, behind canonical maps.</summary>
    public string Sender { get; init; } = "";

    public IReadOnlyList<ExplainedRecipient> Recipients { get; init; } = [];

    /// <summary>Hold, discard, content filter: what happens to all of it.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>cleanup would refuse it.</summary>
    public bool IsTrouble { get; init; }
}

/// <param name="Given">As the client gave it; empty for a copy (…_bcc_maps, BCC, REDIRECT).</param>
/// <param name="Steps">Rewriting, canonical maps, virtual aliases: what each made of it.</param>
/// <param name="Destinations">One for each address in the queue.</param>
internal sealed record ExplainedRecipient(string Given, IReadOnlyList<(string Stage, string Address)> Steps, IReadOnlyList<ExplainedDestination> Destinations);

/// <param name="Address">In the queue.</param>
/// <param name="AddressClass">ADDRESS_CLASS_README.</param>
/// <param name="Transport">Service of master.cf.</param>
/// <param name="Nexthop">Host, domain or text for it.</param>
internal sealed record ExplainedDestination(string Address, string AddressClass, string Transport, string Nexthop)
{
    /// <summary>Of a local address: the entry of alias_maps; null without one.</summary>
    public string? LocalAlias { get; init; }
}
