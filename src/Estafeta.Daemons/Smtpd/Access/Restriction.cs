namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>One element of a restriction list, parsed once with its arguments. Stateless: what it finds out goes into the check.</summary>
internal abstract class Restriction(string name)
{
    /// <summary>With its arguments, as in main.cf: for traces and log lines.</summary>
    public string Name => name;

    public abstract ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken);
}
