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
        var isLoggedIn = login.Length > 0;
        if (check.Subject.Sender is not { Length: > 0 } sender || (about != LoginMismatch.Known && isLoggedIn == (about == LoginMismatch.Unauthenticated)))
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
        if (owners == null && about != LoginMismatch.Authenticated)
        {
            return AccessVerdict.Dunno;
        }

        if (!isLoggedIn)
        {
            return check.Reject(ReplyClass.Sender, 553, "5.7.1", $"<{sender}>: Sender address rejected: not logged in");
        }

        return owners != null && WordList.Split(owners).Contains(login, StringComparer.OrdinalIgnoreCase)
            ? AccessVerdict.Dunno
            : check.Reject(ReplyClass.Sender, 553, "5.7.1", $"<{sender}>: Sender address rejected: not owned by user {login}");
    }
}

internal enum LoginMismatch
{
    /// <summary>A client that logged in sends only what it owns.</summary>
    Authenticated,

    /// <summary>A sender with an owner is only for clients that logged in.</summary>
    Unauthenticated,

    /// <summary>A sender with an owner is only for that owner, logged in; senders without one are anybody's.</summary>
    Known,
}
