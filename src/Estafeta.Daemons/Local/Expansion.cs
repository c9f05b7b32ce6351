using Estafeta.Services.Delivery;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>Where in the expansion of a recipient we are: what address is being delivered, how we came to it, and with whose rights.</summary>
public sealed record Expansion
{
    /// <summary>Deeper than this is a loop.</summary>
    public const int MaximumLevel = 100;

    /// <summary>The request's recipient, as the log and DSNs know it.</summary>
    public required DeliveryRecipient Recipient { get; init; }

    /// <summary>Internal form, with domain.</summary>
    public required string Address { get; init; }

    /// <summary>For X-Original-To and orig_to; empty below an alias with an owner.</summary>
    public required string Original { get; init; }

    /// <summary>Envelope sender, or the owner of the last alias with one.</summary>
    public required string Sender { get; init; }

    public bool HasOwner { get; init; }

    public required string DeliveredTo { get; init; }

    public int Level { get; init; }

    /// <summary>What the address was found in.</summary>
    public ExpansionKinds Kind { get; init; }

    /// <summary>The alias or user whose list the address was found in, lower case.</summary>
    public string From { get; init; } = "";

    /// <summary>Below a .forward or :include: file: whom it names gets new mail, with a record of its own.</summary>
    public bool MustForward { get; init; }

    /// <summary>What the addresses of the list get at the end of their local part, delimiter included: an extension that found nothing of its own.</summary>
    public string Unmatched { get; init; } = "";

    /// <summary><c>\\name</c> in a list: no aliases, no .forward.</summary>
    public bool IsEscaped { get; init; }

    /// <summary>The user whose .forward or mailbox this is about; null above the first user.</summary>
    public UserAccount? User { get; init; }

    /// <summary>Owner of the alias database or :include: file, for commands and files named there.</summary>
    public UserAccount? ListOwner { get; init; }

    /// <summary>Local part in lower case, with extension.</summary>
    public string LocalPart => Address.LastIndexOf('@') is >= 0 and var at ? Address[..at].ToLowerInvariant() : Address.ToLowerInvariant();

    public string Domain => Address.LastIndexOf('@') is >= 0 and var at ? Address[(at + 1)..] : "";
}

[Flags]
public enum ExpansionKinds
{
    None = 0,
    Alias = 1,
    Forward = 2,
    Include = 4,
}
