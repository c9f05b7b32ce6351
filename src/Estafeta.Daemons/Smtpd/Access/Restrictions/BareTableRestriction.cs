using System.Collections.Frozen;
using Estafeta.Daemons.Smtpd.Access.Tables;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>
/// <c>type:table</c> by itself, from before the checks had names: check_client_access in client restrictions, check_helo_access in HELO
/// restrictions, and so on; also in a restriction class, by the list that names it.
/// </summary>
internal sealed class BareTableRestriction(string name, AccessTable table) : Restriction(name)
{
    private readonly FrozenDictionary<ReplyClass, Restriction> _checks = new Dictionary<ReplyClass, Restriction>
    {
        [ReplyClass.Client] = new ClientTableRestriction(name, table, isReverse: false),
        [ReplyClass.Helo] = new NameTableRestriction(name, table, static s => s.Helo, ReplyClass.Helo),
        [ReplyClass.Sender] = new MailTableRestriction(name, table, isSender: true),
        [ReplyClass.Recipient] = new MailTableRestriction(name, table, isSender: false),
        [ReplyClass.Etrn] = new NameTableRestriction(name, table, static s => s.EtrnDomain, ReplyClass.Etrn),
    }.ToFrozenDictionary();

    public override ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        if (_checks.TryGetValue(check.ReplyClass, out var restriction))
        {
            return restriction.EvaluateAsync(check, cancellationToken);
        }

        check.Log.Warning("specify one of (check_client_access, check_reverse_client_hostname_access, check_helo_access, check_sender_access, "
            + $"check_recipient_access, check_etrn_access) before {check.ReplyClass.Words} restriction \"{Name}\"");
        return new(check.RejectServerError());
    }
}
