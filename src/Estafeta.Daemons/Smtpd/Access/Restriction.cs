namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>One element of a restriction list, parsed once with its arguments. Stateless: what it finds out goes into the check.</summary>
internal abstract class Restriction(string name)
{
    /// <summary>With its arguments, as in main.cf: for traces and log lines.</summary>
    public string Name => name;

    /// <summary>Without its arguments.</summary>
    public string PlainName => Name.IndexOf(' ', StringComparison.Ordinal) is > 0 and var space ? Name[..space] : Name;

    /// <summary>What a permit of this restriction is about, for smtpd_log_access_permit_actions; null for those that log it themselves.</summary>
    public virtual (ReplyClass Class, string Name)? Permitted(AccessCheck check) => null;

    /// <summary>Asks a DNS list: neighbours of this kind are asked together.</summary>
    public virtual bool AsksList => false;

    /// <summary>Starts what takes time, when it will be evaluated unless its neighbours decide.</summary>
    public virtual void Foresee(AccessCheck check)
    {
    }

    public abstract ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken);
}
