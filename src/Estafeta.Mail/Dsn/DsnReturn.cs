namespace Estafeta.Mail.Dsn;

/// <summary>RET= of MAIL FROM (RFC 3461 §4.3).</summary>
public enum DsnReturn
{
    Unspecified,
    Full,
    Headers,
}
