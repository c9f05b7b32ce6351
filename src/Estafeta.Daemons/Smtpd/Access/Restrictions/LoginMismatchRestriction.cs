using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// reject_{authenticated,unauthenticated,known}_sender_login_mismatch: whether who logged in owns the envelope sender
/// (smtpd_sender_login_maps).
/// </summary>
internal sealed class LoginMismatchRestriction(string name, LoginMismatch about) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (!check.Services.Settings.SaslAuthEnable)
        {
            check.Log.Warning($"restriction `{Name}' ignored: no SASL support");
            return AccessVerdict.Dunno;
        }

        var login = check.Subject.SaslUsername;
        if (check.Subject.Sender is not { Length: > 0 } sender || (login.Length == 0) != (about == LoginMismatch.Unauthenticated && login.Length == 0))
        {
            return AccessVerdict.Dunno;
        }

        var match = await check.Services.SenderLogins.FindAsync(sender, cancellationToken);
        check.Trace?.Table(Parameters.SmtpdSenderLoginMaps.Name, match.IsSettled ? match.Key : sender, match.Result);
        if (match.Result.IsTrouble)
        {
            return check.RejectLookupTrouble(sender);
        }

        var owners = match.Result.Value;
        if (about == LoginMismatch.Unauthenticated)
        {
            return owners == null ? AccessVerdict.Dunno
                : check.Reject(ReplyClass.Sender, 553, "5.7.1", $"<{sender}>: Sender address rejected: not logged in");
        }

        var owns = owners == null ? about == LoginMismatch.Known : WordList.Split(owners).Contains(login, StringComparer.OrdinalIgnoreCase);
        return owns ? AccessVerdict.Dunno
            : check.Reject(ReplyClass.Sender, 553, "5.7.1", $"<{sender}>: Sender address rejected: not owned by user {login}");
    }
}

internal enum LoginMismatch
{
    /// <summary>A client that logged in sends only what it owns.</summary>
    Authenticated,

    /// <summary>A sender with an owner is only for clients that logged in.</summary>
    Unauthenticated,

    /// <summary>As Authenticated, but senders without an owner are anybody's.</summary>
    Known,
}
