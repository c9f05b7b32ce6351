namespace Estafeta.Mail.Dsn;

/// <summary>NOTIFY= of RCPT TO (RFC 3461 §4.1). <see cref="Unspecified"/> is what a client that says nothing gets.</summary>
[Flags]
public enum DsnNotify
{
    Unspecified = 0,
    Success = 1,
    Failure = 2,
    Delay = 4,
    Never = 8,
}
