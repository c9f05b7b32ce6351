namespace Estafeta.Services.Clients;

/// <summary>What the name service says of a client's address.</summary>
public readonly record struct ClientName()
{
    public const string Unknown = "unknown";

    /// <summary>A name that leads back to the address, or <c>unknown</c>.</summary>
    public string Name { get; init; } = Unknown;

    /// <summary>What the PTR record says, verified or not, or <c>unknown</c>.</summary>
    public string ReverseName { get; init; } = Unknown;

    public ClientNameStatus Status { get; init; }

    public ClientNameStatus ReverseStatus { get; init; }
}

/// <summary>How sure the name of a client is: the reply code digit of Postfix's name status.</summary>
public enum ClientNameStatus
{
    Ok,

    /// <summary>The name server could not say.</summary>
    Temporary,

    /// <summary>There is no name, or it does not lead back to the address.</summary>
    Permanent,

    /// <summary>The name leads to other addresses only.</summary>
    Forged,
}
