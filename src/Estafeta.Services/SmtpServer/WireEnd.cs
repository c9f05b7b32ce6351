namespace Estafeta.Services.SmtpServer;

/// <summary>Why nothing more can be read from or written to the client.</summary>
public enum WireEnd
{
    None,
    LostConnection,
    Timeout,

    /// <summary>The mail system stops.</summary>
    Closing,
}
