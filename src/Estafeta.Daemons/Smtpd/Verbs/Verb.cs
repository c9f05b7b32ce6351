using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>Carries a command out and answers it. False counts as an error of the client.</summary>
internal delegate ValueTask<bool> VerbHandler(SmtpdSession session, CommandLine command);

[Flags]
internal enum VerbFlags
{
    None = 0,

    /// <summary>Allowed before STARTTLS where TLS is required.</summary>
    BeforeTls = 1,

    /// <summary>Must be the last command of a pipelined group (RFC 2920 §3.1).</summary>
    EndsPipelining = 2,

    /// <summary>Counts against smtpd_junk_command_limit.</summary>
    Junk = 4,
}

/// <param name="Name">In capitals, as in log lines.</param>
internal sealed record Verb(string Name, VerbHandler Handler, VerbFlags Flags)
{
    /// <summary>As in the disconnect line.</summary>
    public string StatisticsName { get; } = Name.ToLowerInvariant();
}
