namespace Estafeta.Daemons.Smtp;

/// <summary>What posttls-finger(1) is asked to do, beyond what parameters say.</summary>
public sealed record TlsProbeOptions
{
    public required string Destination { get; init; }

    public bool IsLmtp { get; init; }

    /// <summary>Show the SMTP dialogue.</summary>
    public bool ShowsDialogue { get; init; } = true;

    /// <summary>Print the server's certificates.</summary>
    public bool PrintsChain { get; init; }

    public TlsProbeLog Log { get; init; } = TlsProbeLog.Summary | TlsProbeLog.Match;

    /// <summary>Before a second connection that may resume the session; zero for none.</summary>
    public TimeSpan ReconnectDelay { get; init; }

    public int ReconnectLimit { get; init; } = 5;
}

/// <summary>Parts of the TLS log, as -L names them.</summary>
[Flags]
public enum TlsProbeLog
{
    None = 0,

    /// <summary>The line about the established session.</summary>
    Summary = 1,

    /// <summary>Which name, fingerprint or TLSA record matched; the certificate's names and fingerprints.</summary>
    Match = 2,

    /// <summary>The certificate in a line.</summary>
    Certificate = 4,

    /// <summary>What the session cache did.</summary>
    Cache = 8,

    /// <summary>The steps of the handshake.</summary>
    Steps = 16,

    /// <summary>What is about to be done.</summary>
    Verbose = 32,
}
