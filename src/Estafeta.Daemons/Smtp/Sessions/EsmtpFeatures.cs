namespace Estafeta.Daemons.Smtp;

/// <summary>What a server offered in its EHLO or LHLO reply.</summary>
[Flags]
internal enum EsmtpFeatures
{
    None = 0,
    Esmtp = 1 << 0,
    EightBitMime = 1 << 1,
    Pipelining = 1 << 2,
    Size = 1 << 3,
    StartTls = 1 << 4,
    Auth = 1 << 5,
    XforwardName = 1 << 6,
    XforwardAddress = 1 << 7,
    XforwardPort = 1 << 8,
    XforwardProtocol = 1 << 9,
    XforwardHelo = 1 << 10,
    XforwardIdent = 1 << 11,
    XforwardSource = 1 << 12,
    Xforward = XforwardName | XforwardAddress | XforwardPort | XforwardProtocol | XforwardHelo | XforwardIdent | XforwardSource,
    Dsn = 1 << 13,
    SmtpUtf8 = 1 << 14,
    EnhancedStatusCodes = 1 << 15,
    Chunking = 1 << 16,
    RequireTls = 1 << 17,
    Verify = 1 << 18,
    Etrn = 1 << 19,
    Xclient = 1 << 20,

    /// <summary>In discard lists: do not log what was discarded.</summary>
    SilentDiscard = 1 << 30,
}
