using System.Net;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Smtpd.Explaining;

/// <summary>What the SMTP server would have done, and why.</summary>
public sealed record SmtpdExplanation
{
    /// <summary><c>name[address]</c>.</summary>
    public required string Client { get; init; }

    public required string ClientName { get; init; }

    public required string ReverseClientName { get; init; }

    public required IPAddress ClientAddress { get; init; }

    /// <summary>In the order of the session; CONNECT first.</summary>
    public required IReadOnlyList<ExplainedCommand> Commands { get; init; }

    /// <summary>What the queue would get; null when nobody was accepted.</summary>
    public CleanupRequest? Request { get; init; }

    /// <summary>Recipients that were accepted.</summary>
    public IReadOnlyList<EnvelopeRecipient> Recipients { get; init; } = [];

    /// <summary>What access tables and policy services decided about the message.</summary>
    public IReadOnlyList<EnvelopeEdit> Edits { get; init; } = [];

    /// <summary>All of them were accepted, and the message would be.</summary>
    public bool IsAccepted => Request != null && Commands.All(static c => c.Reply.Length == 0 || c.Reply[0] is '2' or '3');
}

/// <param name="Command">What the client would have sent, or CONNECT, DATA, END-OF-MESSAGE.</param>
/// <param name="Reply">Lines separated by LF; empty where there is none.</param>
/// <param name="Steps">What access control did.</param>
/// <param name="Log">What would be in the mail log.</param>
public sealed record ExplainedCommand(string Command, string Reply, IReadOnlyList<ExplainedStep> Steps, IReadOnlyList<string> Log);

/// <param name="Kind">list, restriction, table, dns, address, policy, note.</param>
/// <param name="Depth">How deep in lists, classes and table results.</param>
/// <param name="Subject">Parameter, restriction with its arguments, table, name and record type, address, service, or a remark.</param>
/// <param name="Key">What a table was asked for; else empty.</param>
/// <param name="Result">What came of it.</param>
public sealed record ExplainedStep(string Kind, int Depth, string Subject, string Key, string Result);
