namespace Estafeta.Daemons.Smtpd.Access.Tracing;

/// <param name="Stage">CONNECT, EHLO, MAIL, RCPT…</param>
/// <param name="Steps">What was asked, in order.</param>
/// <param name="Refusal">The reply; null when the command goes on.</param>
internal sealed record TracedCommand(string Stage, IReadOnlyList<AccessTraceStep> Steps, string? Refusal);
