using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>permit, reject, defer: they end their list, and say so when words follow them.</summary>
internal abstract class FinalRestriction(string name) : Restriction(name)
{
    /// <summary>The warning about what follows; null when nothing does.</summary>
    public string? Ignored { get; init; }

    protected AccessVerdict Decide(AccessCheck check, AccessVerdict verdict)
    {
        if (Ignored != null && !check.IsWarning)
        {
            check.Log.Warning(Ignored);
        }

        return verdict;
    }
}

internal sealed class PermitRestriction(string name) : FinalRestriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (check.ReplyClass, check.ReplyName);

    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(Decide(check, AccessVerdict.Permit));
}

internal sealed class RejectRestriction(string name) : FinalRestriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(Decide(check, check.Reject(
        check.ReplyClass, check.Services.Settings.RejectCode, "5.7.1", $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: Access denied")));
}

internal sealed class DeferRestriction(string name) : FinalRestriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(Decide(check, check.Reject(
        check.ReplyClass, check.Services.Settings.DeferCode, "4.3.2", $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: Try again later")));
}

/// <summary>defer_if_permit, defer_if_reject: the same whatever the session.</summary>
internal sealed class DeferIfPermitRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(check.DeferIfPermit(
        check.ReplyClass, 450, "4.7.0", $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: defer_if_permit requested"));
}

internal sealed class DeferIfRejectRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(check.DeferIfReject(
        check.ReplyClass, 450, "4.7.0", $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: defer_if_reject requested"));
}

/// <summary><c>warn_if_reject x</c>: what x would refuse is logged and the list goes on.</summary>
internal sealed class WarnIfRejectRestriction(Restriction inner) : Restriction("warn_if_reject " + inner.Name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        check.RunWarningAsync(inner, cancellationToken);
}

/// <summary><c>sleep seconds</c>: keeps the client waiting.</summary>
internal sealed class SleepRestriction(string name, TimeSpan duration) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Services.SkipsSleep)
        {
            check.Trace?.Note("skipped: nobody waits here");
            return AccessVerdict.Dunno;
        }

        await check.Services.DelayAsync(duration, cancellationToken);
        return AccessVerdict.Dunno;
    }
}

/// <summary>A word that is no restriction, or one with a bad argument: Postfix finds out when it is evaluated, and so do its users.</summary>
internal sealed class MisconfiguredRestriction(string name, params string[] warnings) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        foreach (var warning in warnings)
        {
            check.Log.Warning(warning);
        }

        return new(check.RejectServerError());
    }
}

/// <summary>A restriction that is skipped with a warning.</summary>
internal sealed class IgnoredRestriction(string name, string warning) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        check.Log.Warning(warning);
        return new(AccessVerdict.Dunno);
    }
}

/// <summary>A name that stands for a list.</summary>
internal sealed class ListRestriction(string name, RestrictionList list) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        check.RunNestedAsync(list, cancellationToken);
}
