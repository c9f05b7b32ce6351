using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>permit_mynetworks, and permit_inet_interfaces with another list.</summary>
internal sealed class PermitNetworksRestriction(string name, Func<AccessServices, ClientPeer, CancellationToken, ValueTask<bool?>> matches) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Client, check.Subject.Peer.NameAddress);

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        await matches(check.Services, check.Subject.Peer, cancellationToken) switch
        {
            true => AccessVerdict.Permit,
            false => AccessVerdict.Dunno,
            null => check.RejectLookupTrouble(check.ReplyName),
        };
}

/// <summary>permit_sasl_authenticated.</summary>
internal sealed class PermitSaslAuthenticatedRestriction(string name) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Client, check.Subject.Peer.NameAddress);

    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) =>
        new(check.Services.Settings.SaslAuthEnable && check.Subject.SaslUsername.Length > 0 ? AccessVerdict.Permit : AccessVerdict.Dunno);
}

/// <summary>reject_unauth_pipelining.</summary>
internal sealed class RejectUnauthPipeliningRestriction(string name) : Restriction(name)
{
    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken) => new(
        check.Subject.HasPipelinedIllegally
            ? check.Reject(check.ReplyClass, 503, "5.5.0", $"<{check.ReplyName}>: {check.ReplyClass.Words} rejected: Improper use of SMTP command pipelining")
            : AccessVerdict.Dunno);
}

/// <summary>permit_tls_clientcerts (relay_clientcerts) and permit_tls_all_clientcerts.</summary>
internal sealed class PermitCertificateRestriction(string name, bool any) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Client, check.Subject.Peer.NameAddress);

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (any)
        {
            return check.Subject.IsCertificateTrusted ? AccessVerdict.Permit : AccessVerdict.Dunno;
        }

        check.Services.OldDefaults.Fingerprint(check.Subject);
        foreach (var fingerprint in check.Subject.CertificateFingerprints)
        {
            var result = await check.Services.RelayClientCertificates.LookupAsync(fingerprint, cancellationToken);
            check.Trace?.Table(Parameters.RelayClientcerts.Name, fingerprint, result);
            if (result.IsTrouble)
            {
                return check.RejectServerError();
            }

            if (result.IsFound)
            {
                return AccessVerdict.Permit;
            }
        }

        return AccessVerdict.Dunno;
    }
}
