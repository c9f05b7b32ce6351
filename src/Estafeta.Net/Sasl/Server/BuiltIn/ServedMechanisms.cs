namespace Estafeta.Net.Sasl.Server.BuiltIn;

/// <summary>How many of the users can log in with a mechanism.</summary>
public enum Served
{
    Nobody,

    /// <summary>Or nobody knows.</summary>
    Some,

    Everybody,
}

/// <summary>
/// Whom challenge-response mechanisms serve: CRAM-MD5 needs the password as plain text, SCRAM that or its own verifier. Clients take the strongest
/// mechanism offered and seldom another when it fails, so one that cannot serve everybody is offered only when the administrator names it.
/// </summary>
public readonly record struct ServedMechanisms(Served CramMd5, Served ScramSha1, Served ScramSha256)
{
    public static readonly ServedMechanisms Nobody;

    public static readonly ServedMechanisms Some = new(Served.Some, Served.Some, Served.Some);

    public static readonly ServedMechanisms Everybody = new(Served.Everybody, Served.Everybody, Served.Everybody);

    public bool HaveEverybody => CramMd5 == Served.Everybody || ScramSha1 == Served.Everybody || ScramSha256 == Served.Everybody;

    /// <summary>With more users.</summary>
    public ServedMechanisms And(ServedMechanisms other) => new(
        And(CramMd5, other.CramMd5), And(ScramSha1, other.ScramSha1), And(ScramSha256, other.ScramSha256));

    private static Served And(Served left, Served right) => left == right ? left : Served.Some;
}
