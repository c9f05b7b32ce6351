namespace Estafeta.Daemons.Smtpd.Wire;

/// <summary>Why nothing more can be read from or written to the client.</summary>
internal enum WireEnd
{
    None,
    LostConnection,
    Timeout,

    /// <summary>The mail system stops.</summary>
    Closing,
}
