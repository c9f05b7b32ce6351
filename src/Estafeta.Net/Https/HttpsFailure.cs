namespace Estafeta.Net.Https;

/// <summary>At which step an HTTPS exchange ended, because reports tell them apart (RFC 8460 §4.3).</summary>
public enum HttpsFailure
{
    /// <summary>No address, no connection, the connection broke, or time ran out.</summary>
    Unreachable,

    /// <summary>No TLS, or a certificate that does not prove the name.</summary>
    Certificate,

    /// <summary>What came is no HTTP answer, or a longer one than allowed.</summary>
    Answer,
}

/// <summary>An HTTPS exchange that brought no answer.</summary>
public sealed class HttpsException(HttpsFailure failure, string message, Exception? inner = null) : IOException(message, inner)
{
    public HttpsFailure Failure => failure;
}
