namespace Estafeta.Daemons.Smtp;

/// <summary>What a message with REQUIRETLS demands of one server (RFC 8689 §4.2.1).</summary>
internal readonly record struct RequireTlsDemand(RequireTlsMode Mode)
{
    private const string Violated = "/!requiretls";

    /// <summary>Nothing: the message does not ask, or nobody cares here.</summary>
    public static readonly RequireTlsDemand None = new(RequireTlsMode.Disable);

    public bool IsMade => Mode != RequireTlsMode.Disable;

    /// <summary>The policy, strict enough for the demand; a failure when the server cannot be found or proved securely.</summary>
    public (TlsPolicy? Policy, SessionFailure? Failure) ApplyTo(TlsPolicy policy, ServerAddress server) => Mode switch
    {
        RequireTlsMode.OpportunisticStartTls when !policy.Level.RequiresTls() => (policy with { Level = TlsLevel.Encrypt }, null),

        // Half-dane rests on MX records that anybody may have made up.
        RequireTlsMode.Enforce when !policy.Level.RequiresMatch() || policy.Level == TlsLevel.HalfDane => (null, SessionFailure.Local(
            "5.7.10", $"REQUIRETLS demands a verified server, but there is no policy to verify {server.NameAndAddress}")),
        _ => (policy, null),
    };

    /// <summary>What an opened session lacks.</summary>
    public SessionFailure? Check(SmtpSession session) =>
        Mode == RequireTlsMode.Enforce && !IsPassedOn(session)
            ? SessionFailure.Local("5.7.30", $"REQUIRETLS is required, but was not offered by host {session.Server.NameAndAddress}")
            : null;

    /// <summary>The server will be told.</summary>
    public bool IsPassedOn(SmtpSession session) => IsMade && session.Tls != null && session.Has(EsmtpFeatures.RequireTls);

    /// <summary>Addition to <c>tls=</c> of the log lines while no server was asked.</summary>
    public string UndecidedWord => IsMade ? "/requiretls?" : "";

    /// <summary>Addition to <c>tls=</c> of the log lines: what the server lacks, which a stricter demand calls a violation.</summary>
    public string LogWord(SmtpSession session)
    {
        if (!IsMade)
        {
            return "";
        }

        if (session.Tls == null)
        {
            return session.TlsStatus.EndsWith('?') ? UndecidedWord
                : Mode >= RequireTlsMode.OpportunisticStartTls ? Violated : "/requiretls:nostarttls";
        }

        return IsPassedOn(session) && session.IsServerProved ? "/requiretls"
            : Mode == RequireTlsMode.Enforce ? Violated
            : IsPassedOn(session) ? "/requiretls:nocertmatch" : "/requiretls:none";
    }
}
