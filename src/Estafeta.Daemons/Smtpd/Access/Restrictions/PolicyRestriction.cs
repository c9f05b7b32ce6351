using Estafeta.Daemons.Smtpd.Access.Policy;
using Estafeta.Daemons.Smtpd.Access.Tables;
using Estafeta.Net.Policy;

namespace Estafeta.Daemons.Smtpd.Access.Restrictions;

/// <summary>check_policy_service: another program decides (SMTPD_POLICY_README). Its answer means what an access table's result means.</summary>
internal sealed class PolicyRestriction(string name, PolicyServiceSettings settings, PolicyClient client) : Restriction(name)
{
    public override async ValueTask<AccessVerdict> EvaluateAsync(AccessCheck check, CancellationToken cancellationToken)
    {
        check.Services.OldDefaults.Fingerprint(check.Subject);
        var request = PolicyRequest.Write(check.Subject, check.Services, settings.PolicyContext);
        var action = await client.AskAsync(request, cancellationToken);
        check.Trace?.Policy(settings.Endpoint, action);
        return await new AccessActions(settings.Name, "", check.ReplyName, check.ReplyClass)
            .ApplyAsync(check, action ?? settings.DefaultAction, cancellationToken);
    }
}
