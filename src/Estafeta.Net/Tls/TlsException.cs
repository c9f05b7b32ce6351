namespace Estafeta.Net.Tls;

/// <summary>
/// TLS did not work: a handshake failed, a certificate cannot be loaded. <see cref="Errors"/> are OpenSSL's own lines, for
/// <c>warning: TLS library problem:</c>.
/// </summary>
public sealed class TlsException(string message, IReadOnlyList<string> errors) : IOException(message)
{
    public IReadOnlyList<string> Errors { get; } = errors;

    /// <summary>One line: OpenSSL's first word on it, or ours.</summary>
    public string Reason => Errors.Count > 0 ? Errors[0] : Message;
}
