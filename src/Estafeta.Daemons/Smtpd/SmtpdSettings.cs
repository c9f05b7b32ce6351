using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd;

/// <summary>The parameters of one smtpd service that are not about access control (<see cref="Access.AccessSettings"/>), read once.</summary>
internal sealed record SmtpdSettings
{
    public required string Myhostname { get; init; }

    public required string MailName { get; init; }

    public required string Banner { get; init; }

    /// <summary>The first reply, made once for all sessions.</summary>
    public string Greeting { get; private init; } = "";

    public required string CleanupServiceName { get; init; }

    public required string QueueDirectory { get; init; }

    public required long MessageSizeLimit { get; init; }

    public required long QueueMinfree { get; init; }

    public required int LineLengthLimit { get; init; }

    public required int RecipientLimit { get; init; }

    public required int RecipientOvershootLimit { get; init; }

    public required int SoftErrorLimit { get; init; }

    public required int HardErrorLimit { get; init; }

    public required int JunkCommandLimit { get; init; }

    public required TimeSpan ErrorSleepTime { get; init; }

    public required TimeSpan Timeout { get; init; }

    public required bool PerRequestDeadline { get; init; }

    /// <summary>Octets a second that buy a client more time when <see cref="PerRequestDeadline"/> is on.</summary>
    public required int MinDataRate { get; init; }

    public required bool HeloRequired { get; init; }

    public required bool StrictRfc821Envelopes { get; init; }

    public required bool Smtputf8Enable { get; init; }

    /// <summary>REQUIRETLS is announced and taken, under TLS (RFC 8689).</summary>
    public required bool RequiretlsEnable { get; init; }

    /// <summary>A message taken with REQUIRETLS says so in a header, for content filters to carry along.</summary>
    public required bool RequiretlsEsmtpHeader { get; init; }

    public required bool StrictSmtputf8 { get; init; }

    public required bool DisableVrfyCommand { get; init; }

    public required bool ForbidUnauthPipelining { get; init; }

    public required BareNewlinePolicy ForbidBareNewline { get; init; }

    public required int ForbidBareNewlineRejectCode { get; init; }

    public required EhloKeywords DiscardEhloKeywords { get; init; }

    public required bool HideClientSession { get; init; }

    public required bool ClientPortLogging { get; init; }

    public required bool PeernameLookup { get; init; }

    public required bool DelayOpenUntilValidRcpt { get; init; }

    public required bool DelayReject { get; init; }

    public required bool SoftBounce { get; init; }

    public required LoggedAddressForm LoggedAddressForm { get; init; }

    /// <summary>default_verp_delimiters: what XVERP without a value means.</summary>
    public required string DefaultVerpDelimiters { get; init; }

    /// <summary>verp_delimiter_filter: the characters that may be one.</summary>
    public required string VerpDelimiterFilter { get; init; }

    public static SmtpdSettings Read(ParameterSet parameters) => new()
    {
        Myhostname = parameters.Get(Parameters.Myhostname),
        MailName = parameters.Get(Parameters.MailName),
        Banner = parameters.Get(Parameters.SmtpdBanner),
        Greeting = "220 " + parameters.Get(Parameters.SmtpdBanner),
        CleanupServiceName = parameters.Get(Parameters.CleanupServiceName),
        QueueDirectory = parameters.Get(Parameters.QueueDirectory),
        MessageSizeLimit = parameters.Get(Parameters.MessageSizeLimit),
        QueueMinfree = parameters.Get(Parameters.QueueMinfree),
        LineLengthLimit = parameters.Get(Parameters.LineLengthLimit),
        RecipientLimit = parameters.Get(Parameters.SmtpdRecipientLimit),
        RecipientOvershootLimit = parameters.Get(Parameters.SmtpdRecipientOvershootLimit),
        SoftErrorLimit = parameters.Get(Parameters.SmtpdSoftErrorLimit),
        HardErrorLimit = parameters.Get(Parameters.SmtpdHardErrorLimit),
        JunkCommandLimit = parameters.Get(Parameters.SmtpdJunkCommandLimit),
        ErrorSleepTime = parameters.Get(Parameters.SmtpdErrorSleepTime),
        Timeout = parameters.Get(Parameters.SmtpdTimeout),
        PerRequestDeadline = parameters.Get(Parameters.SmtpdPerRequestDeadline),
        MinDataRate = parameters.Get(Parameters.SmtpdMinDataRate),
        HeloRequired = parameters.Get(Parameters.SmtpdHeloRequired),
        StrictRfc821Envelopes = parameters.Get(Parameters.StrictRfc821Envelopes),
        Smtputf8Enable = parameters.Get(Parameters.Smtputf8Enable),
        RequiretlsEnable = parameters.Get(Parameters.RequiretlsEnable),
        RequiretlsEsmtpHeader = parameters.Get(Parameters.RequiretlsEsmtpHeader),
        StrictSmtputf8 = parameters.Get(Parameters.StrictSmtputf8),
        DisableVrfyCommand = parameters.Get(Parameters.DisableVrfyCommand),
        ForbidUnauthPipelining = parameters.Get(Parameters.SmtpdForbidUnauthPipelining),
        ForbidBareNewline = ReadBareNewline(parameters.Get(Parameters.SmtpdForbidBareNewline)),
        ForbidBareNewlineRejectCode = parameters.Get(Parameters.SmtpdForbidBareNewlineRejectCode),
        DiscardEhloKeywords = EhloKeywordNames.Parse(parameters.Get(Parameters.SmtpdDiscardEhloKeywords)),
        HideClientSession = parameters.Get(Parameters.SmtpdHideClientSession),
        ClientPortLogging = parameters.Get(Parameters.SmtpdClientPortLogging),
        PeernameLookup = parameters.Get(Parameters.SmtpdPeernameLookup),
        DelayOpenUntilValidRcpt = parameters.Get(Parameters.SmtpdDelayOpenUntilValidRcpt),
        DelayReject = parameters.Get(Parameters.SmtpdDelayReject),
        DefaultVerpDelimiters = parameters.Get(Parameters.DefaultVerpDelimiters),
        VerpDelimiterFilter = parameters.Get(Parameters.VerpDelimiterFilter),
        SoftBounce = parameters.Get(Parameters.SoftBounce),
        LoggedAddressForm = LoggedAddressForm.Load(parameters),
    };

    private static BareNewlinePolicy ReadBareNewline(string value) => value.ToLowerInvariant() switch
    {
        "no" => BareNewlinePolicy.Accept,
        "yes" or "normalize" => BareNewlinePolicy.Normalize,
        "note" => BareNewlinePolicy.Note,
        "reject" => BareNewlinePolicy.Reject,
        _ => throw new ConfigurationException($"bad parameter value: '{Parameters.SmtpdForbidBareNewline.Name} = {value}'"),
    };
}

/// <summary>smtpd_forbid_bare_newline.</summary>
internal enum BareNewlinePolicy
{
    Accept,
    Normalize,

    /// <summary>Normalize, and log it.</summary>
    Note,
    Reject,
}
