namespace Estafeta.Daemons.Smtpd.Access;

/// <summary>permit_mynetworks, and permit_inet_interfaces with another list.</summary>
internal sealed class PermitNetworksRestriction(string name, Func<AccessServices, ClientPeer, CancellationToken, ValueTask<bool?>> matches) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        await matches(check.Services, check.Subject.Peer, cancellationToken) switch
        {
            true => AccessVerdict.Permit,
            false => AccessVerdict.Dunno,
            null => check.RejectServerError(),
        };
}

/// <summary>permit_sasl_authenticated.</summary>
internal sealed class PermitSaslAuthenticatedRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        new(check.Subject.SaslUsername.Length > 0 ? AccessVerdict.Permit : AccessVerdict.Dunno);
}

/// <summary>reject_unauth_pipelining.</summary>
internal sealed class RejectUnauthPipeliningRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(
        check.Subject.HasPipelinedIllegally
            ? check.Reject(check.ReplyClass, 503, "5.5.0", $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: Improper use of SMTP command pipelining")
            : AccessVerdict.Dunno);
}
