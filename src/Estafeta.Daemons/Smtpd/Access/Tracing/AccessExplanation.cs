using System.Text;

namespace Estafeta.Daemons.Smtpd.Access.Tracing;

/// <summary>
/// The part of a trace that decided, in one line: <c>smtpd_recipient_restrictions: check_sender_access hash:/etc/postfix/senders
/// (hash:/etc/postfix/senders: example.com: REJECT)</c>.
/// </summary>
internal static class AccessExplanation
{
    public static string Write(IReadOnlyList<AccessTraceStep> steps)
    {
        var list = LastList(steps);
        if (list < 0)
        {
            return "";
        }

        var text = new StringBuilder(steps[list].Subject);
        var decided = -1;
        for (var i = list + 1; i < steps.Count; i++)
        {
            // From the outer restriction to the inner one: classes, table results, warn_if_reject.
            if (steps[i] is { Kind: AccessTraceKind.Restriction, Verdict: not AccessVerdict.Dunno })
            {
                text.Append(": ").Append(steps[i].Subject);
                decided = i;
            }
        }

        AppendDetails(text, steps, decided < 0 ? list : decided);
        return text.ToString();
    }

    // What the deciding restriction found out; of a list that nobody in it decided, what was said last.
    private static void AppendDetails(StringBuilder text, IReadOnlyList<AccessTraceStep> steps, int decided)
    {
        var separator = " (";
        for (var i = decided + 1; i < steps.Count; i++)
        {
            var step = steps[i];
            if (step.Kind > AccessTraceKind.Restriction && (steps[decided].Kind == AccessTraceKind.Restriction || step.Depth <= 1))
            {
                text.Append(separator).Append(step.Text);
                separator = "; ";
            }
        }

        if (separator == "; ")
        {
            text.Append(')');
        }
    }

    private static int LastList(IReadOnlyList<AccessTraceStep> steps)
    {
        var i = steps.Count - 1;
        while (i >= 0 && steps[i].Kind != AccessTraceKind.List)
        {
            i--;
        }

        return i;
    }
}
