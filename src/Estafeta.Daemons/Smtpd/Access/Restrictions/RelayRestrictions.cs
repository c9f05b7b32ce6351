using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// reject_unauth_destination, defer_unauth_destination, permit_auth_destination: whether mail for the recipient has any business here.
/// A domain of ours is no excuse for an address that routes on to another (allow_untrusted_routing).
/// </summary>
internal sealed class UnauthDestinationRestriction(string name, bool defers) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Recipient is not { } recipient)
        {
            return AccessVerdict.Dunno;
        }

        var resolved = await check.ResolveAsync(check.Subject.Sender ?? "", recipient, cancellationToken);
        if (resolved.Class == AddressClass.Trouble)
        {
            return check.RejectLookupTrouble(recipient);
        }

        if (AuthDestination.IsOurs(check.Services, resolved))
        {
            return AccessVerdict.Dunno;
        }

        var code = check.Services.Settings.RelayDomainsRejectCode;
        var text = $"<{recipient}>: Relay access denied";
        return defers
            ? check.Reject(ReplyClass.Recipient, code - 100, "4.7.1", text)
            : check.Reject(ReplyClass.Recipient, code, "5.7.1", text);
    }
}

internal sealed class PermitAuthDestinationRestriction(string name) : Restriction(name)
{
    public override (ReplyClass Class, string Name)? Permitted(AccessCheck check) => (ReplyClass.Recipient, check.Subject.Recipient ?? "");

    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (check.Subject.Recipient is not { } recipient)
        {
            return AccessVerdict.Dunno;
        }

        var resolved = await check.ResolveAsync(check.Subject.Sender ?? "", recipient, cancellationToken);
        return resolved.Class == AddressClass.Trouble ? check.RejectLookupTrouble(recipient)
            : AuthDestination.IsOurs(check.Services, resolved) ? AccessVerdict.Permit
            : AccessVerdict.Dunno;
    }
}

internal static class AuthDestination
{
    /// <summary>A domain that is delivered here: its existence needs no DNS.</summary>
    public static bool IsOurDomain(ResolvedAddress resolved) =>
        resolved.Class is AddressClass.Local or AddressClass.VirtualAlias or AddressClass.VirtualMailbox;

    public static bool IsOurs(AccessServices services, ResolvedAddress resolved)
    {
        if (resolved.IsRouted && !services.Settings.AllowUntrustedRouting)
        {
            return false;
        }

        if (resolved.Class == AddressClass.Relay)
        {
            services.OldDefaults.RelayDomain(resolved.Recipient);
            return true;
        }

        return IsOurDomain(resolved);
    }
}
