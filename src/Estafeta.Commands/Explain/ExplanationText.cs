using System.Text;
using Estafeta.Daemons.Smtpd.Explaining;

namespace Estafeta.Commands.Explain;

/// <summary>An explanation for people.</summary>
internal static class ExplanationText
{
    public static byte[] Write(Explanation explanation)
    {
        var text = new StringBuilder();
        var session = explanation.Session;
        text.Append($"service {explanation.Service}, client {session.Client}");
        text.Append(session.ReverseClientName != session.ClientName ? $", reverse name {session.ReverseClientName}\n" : "\n");
        foreach (var command in session.Commands)
        {
            AppendCommand(text, command);
        }

        text.Append('\n').Append(Verdict(session)).Append('\n');
        AppendRoute(text, explanation.Route);
        return Encoding.UTF8.GetBytes(Printable(text));
    }

    /// <summary>The outcome in one line.</summary>
    public static string Verdict(SmtpdExplanation session)
    {
        if (session.IsAccepted)
        {
            return "ACCEPTED";
        }

        var refusals = session.Commands.Where(static c => c.Reply is ['4' or '5', ..]).ToList();
        var word = refusals.Exists(static c => c.Reply[0] == '5') ? "REJECTED" : "DEFERRED";
        return session.Request != null && refusals.TrueForAll(static c => c.Command.StartsWith("RCPT", StringComparison.Ordinal))
            ? "ACCEPTED for some recipients"
            : refusals.Count > 0 ? $"{word} at {refusals[0].Command}: {refusals[0].Reply}" : "REJECTED: the server ended the session";
    }

    private static void AppendCommand(StringBuilder text, ExplainedCommand command)
    {
        text.Append('\n').Append(command.Command).Append('\n');
        foreach (var step in command.Steps)
        {
            text.Append(' ', 2 + 2 * step.Depth).Append(step.Subject);
            text.Append(step.Key.Length > 0 ? $"  key \"{step.Key}\"" : "");
            text.Append(step.Result.Length > 0 ? $"  -> {step.Result}\n" : "\n");
        }

        if (command.Reply.Length > 0)
        {
            // Of EHLO's list the first line will do.
            text.Append("  ").Append(command.Reply.AsSpan(0, command.Reply.IndexOf('\n') is > 0 and var end ? end : command.Reply.Length)).Append('\n');
        }

        foreach (var line in command.Log)
        {
            text.Append("  log: ").Append(line).Append('\n');
        }
    }

    private static void AppendRoute(StringBuilder text, ExplainedRoute route)
    {
        foreach (var recipient in route.Recipients)
        {
            text.Append('\n').Append(recipient.Given.Length > 0 ? recipient.Given : "copy").Append('\n');
            foreach (var (stage, address) in recipient.Steps)
            {
                text.Append($"  {stage}  -> {address}\n");
            }

            foreach (var destination in recipient.Destinations)
            {
                text.Append($"  to {destination.Address}: {destination.AddressClass}, transport {destination.Transport}, nexthop {destination.Nexthop}\n");
                text.Append(destination.LocalAlias == null ? "" : $"    alias_maps  -> {destination.LocalAlias}\n");
            }
        }

        foreach (var remark in route.Remarks)
        {
            text.Append(remark).Append('\n');
        }
    }

    // What peers and tables say must not move the cursor of who reads it.
    private static string Printable(StringBuilder text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] != '\n')
            {
                text[i] = '?';
            }
        }

        return text.ToString();
    }
}
