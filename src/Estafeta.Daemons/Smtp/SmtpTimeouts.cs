using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtp;

/// <summary>How long each step may take; zero is no limit for <see cref="Connect"/> only.</summary>
internal sealed record SmtpTimeouts
{
    public TimeSpan Connect { get; init; }

    public TimeSpan Helo { get; init; }

    public TimeSpan Xforward { get; init; }

    public TimeSpan StartTls { get; init; }

    public TimeSpan Mail { get; init; }

    public TimeSpan Rcpt { get; init; }

    public TimeSpan DataInit { get; init; }

    /// <summary>For sending a chunk of content.</summary>
    public TimeSpan DataXfer { get; init; }

    public TimeSpan DataDone { get; init; }

    public TimeSpan Rset { get; init; }

    public TimeSpan Quit { get; init; }

    public static SmtpTimeouts Load(SmtpParameters p) => new()
    {
        Connect = p.Time(Parameters.SmtpConnectTimeout, Parameters.LmtpConnectTimeout),
        Helo = p.Time(Parameters.SmtpHeloTimeout, Parameters.LmtpLhloTimeout),
        Xforward = p.Time(Parameters.SmtpXforwardTimeout, Parameters.LmtpXforwardTimeout),
        StartTls = p.Time(Parameters.SmtpStarttlsTimeout, Parameters.LmtpStarttlsTimeout),
        Mail = p.Time(Parameters.SmtpMailTimeout, Parameters.LmtpMailTimeout),
        Rcpt = p.Time(Parameters.SmtpRcptTimeout, Parameters.LmtpRcptTimeout),
        DataInit = p.Time(Parameters.SmtpDataInitTimeout, Parameters.LmtpDataInitTimeout),
        DataXfer = p.Time(Parameters.SmtpDataXferTimeout, Parameters.LmtpDataXferTimeout),
        DataDone = p.Time(Parameters.SmtpDataDoneTimeout, Parameters.LmtpDataDoneTimeout),
        Rset = p.Time(Parameters.SmtpRsetTimeout, Parameters.LmtpRsetTimeout),
        Quit = p.Time(Parameters.SmtpQuitTimeout, Parameters.LmtpQuitTimeout),
    };
}
