using System.Net;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// What an smtp or lmtp entry of master.cf runs with. Each parameter exists twice, <c>smtp_…</c> and <c>lmtp_…</c>; the entry's command
/// decides which is read. Tables are opened separately: <see cref="SmtpClientTables"/>.
/// </summary>
internal sealed record SmtpClientSettings
{
    public bool IsLmtp { get; init; }

    public required string MyHostname { get; init; }

    /// <summary>smtp_helo_name, lmtp_lhlo_name.</summary>
    public required string HeloName { get; init; }

    public bool AlwaysSendEhlo { get; init; }

    public bool NeverSendEhlo { get; init; }

    public bool Skip5xxGreeting { get; init; }

    public bool SkipQuitResponse { get; init; }

    public bool SendXforward { get; init; }

    public bool SendDummyMailAuth { get; init; }

    public bool QuoteEnvelope { get; init; }

    /// <summary>EHLO keywords treated as not offered by anybody.</summary>
    public EsmtpFeatures DiscardedFeatures { get; init; }

    public int LineLengthLimit { get; init; }

    /// <summary>line_length_limit: how much of a reply is kept.</summary>
    public int ReplyLengthLimit { get; init; }

    public bool ReplacesStrayCarriageReturns { get; init; }

    public bool ConvertsTo7Bit { get; init; }

    public bool ProbesUpToData { get; init; }

    public bool AssumeFinal { get; init; }

    public bool LogsTlsStatus { get; init; }

    /// <summary>requiretls_enable: a message's demand is acted upon (RFC 8689).</summary>
    public bool ObeysRequireTls { get; init; }

    /// <summary>tls_required_enable: so is its <c>TLS-Required: No</c>.</summary>
    public bool ObeysTlsRequiredNo { get; init; }

    /// <summary>
    /// smtp_tls_block_early_mail_reply: under TLS nothing may come before we have said MAIL, or somebody began the session ahead of us
    /// (CVE-2009-3555).
    /// </summary>
    public bool BlocksEarlyMailReply { get; init; }

    /// <summary>debug_peer_level.</summary>
    public int DebugPeerLevel { get; init; }

    /// <summary>
    /// smtp_min_data_rate where smtp_per_request_deadline is on: time limits are for a whole reply and for all of the content, and every so
    /// many octets of content buy another second. Null: each read and each write has the whole time.
    /// </summary>
    public int? MinimumDataRate { get; init; }

    public required SmtpTimeouts Timeouts { get; init; }

    public required PixWorkarounds Pix { get; init; }

    public required ConnectionReuse Reuse { get; init; }

    public static SmtpClientSettings Load(ParameterSet parameters, bool isLmtp)
    {
        var p = new SmtpParameters(parameters, isLmtp);
        return new SmtpClientSettings
        {
            IsLmtp = isLmtp,
            MyHostname = parameters.Get(Parameters.Myhostname),
            HeloName = p.Text(Parameters.SmtpHeloName, Parameters.LmtpLhloName),
            AlwaysSendEhlo = isLmtp || parameters.Get(Parameters.SmtpAlwaysSendEhlo),
            NeverSendEhlo = !isLmtp && parameters.Get(Parameters.SmtpNeverSendEhlo),
            Skip5xxGreeting = p.Flag(Parameters.SmtpSkip5xxGreeting, Parameters.LmtpSkip5xxGreeting),
            SkipQuitResponse = p.Flag(Parameters.SmtpSkipQuitResponse, Parameters.LmtpSkipQuitResponse),
            SendXforward = p.Flag(Parameters.SmtpSendXforwardCommand, Parameters.LmtpSendXforwardCommand),
            SendDummyMailAuth = p.Flag(Parameters.SmtpSendDummyMailAuth, Parameters.LmtpSendDummyMailAuth),
            QuoteEnvelope = p.Flag(Parameters.SmtpQuoteRfc821Envelope, Parameters.LmtpQuoteRfc821Envelope),
            DiscardedFeatures = EsmtpFeatureNames.Parse(p.Text(Parameters.SmtpDiscardEhloKeywords, Parameters.LmtpDiscardLhloKeywords)),
            LineLengthLimit = p.Number(Parameters.SmtpLineLengthLimit, Parameters.LmtpLineLengthLimit),
            ReplyLengthLimit = parameters.Get(Parameters.LineLengthLimit),
            ReplacesStrayCarriageReturns = parameters.Get(Parameters.CleanupReplaceStrayCrLf),
            ConvertsTo7Bit = !parameters.Get(Parameters.DisableMimeOutputConversion),
            ProbesUpToData = p.Text(Parameters.SmtpAddressVerifyTarget, Parameters.LmtpAddressVerifyTarget).Equals("data", StringComparison.OrdinalIgnoreCase),
            AssumeFinal = parameters.Get(Parameters.LmtpAssumeFinal),
            ObeysRequireTls = parameters.Get(Parameters.RequiretlsEnable),
            ObeysTlsRequiredNo = parameters.Get(Parameters.TlsRequiredEnable),
            BlocksEarlyMailReply = p.Flag(Parameters.SmtpTlsBlockEarlyMailReply, Parameters.LmtpTlsBlockEarlyMailReply),
            LogsTlsStatus = p.Flag(Parameters.SmtpLogTlsFeatureStatus, Parameters.LmtpLogTlsFeatureStatus),
            DebugPeerLevel = parameters.Get(Parameters.DebugPeerLevel),
            MinimumDataRate = p.Flag(Parameters.SmtpPerRequestDeadline, Parameters.LmtpPerRequestDeadline)
                ? p.Number(Parameters.SmtpMinDataRate, Parameters.LmtpMinDataRate)
                : null,
            Timeouts = SmtpTimeouts.Load(p),
            Pix = PixWorkarounds.Load(p),
            Reuse = ConnectionReuse.Load(p),
        };
    }
}
