using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Postscreen;

/// <summary>
/// The parameters of postscreen(8) that are not about DNS lists or the cache, read once. A service has two: the plain ones, and those with
/// <c>stress=yes</c>.
/// </summary>
internal sealed record PostscreenSettings
{
    private const int ShortestLineLimit = 512;

    public required string Myhostname { get; init; }

    public required string Banner { get; init; }

    /// <summary>Sent first, as if more were to come; empty: there is no such test.</summary>
    public required string TeaserBanner { get; init; }

    public required TimeSpan GreetWait { get; init; }

    public required ScreeningAction GreetAction { get; init; }

    public required ScreeningAction DenylistAction { get; init; }

    public required ScreeningAction PipeliningAction { get; init; }

    public required ScreeningAction NonSmtpCommandAction { get; init; }

    public required ScreeningAction BareNewlineAction { get; init; }

    public required TimeSpan GreetTtl { get; init; }

    public required TimeSpan PipeliningTtl { get; init; }

    public required TimeSpan NonSmtpCommandTtl { get; init; }

    public required TimeSpan BareNewlineTtl { get; init; }

    public required ScreeningTests Enabled { get; init; }

    public required int ConnectionLimit { get; init; }

    public required int PreQueueLimit { get; init; }

    public required int PostQueueLimit { get; init; }

    public required int CommandLimit { get; init; }

    public required WireLimits Wire { get; init; }

    public required bool HeloRequired { get; init; }

    public required bool DisableVrfy { get; init; }

    /// <summary>By disable_vrfy_command, whatever postscreen_disable_vrfy_command says.</summary>
    public required bool AnnouncesVrfy { get; init; }

    public required bool Smtputf8Enable { get; init; }

    public required bool SoftBounce { get; init; }

    public required long MessageSizeLimit { get; init; }

    public required EhloKeywords DiscardedKeywords { get; init; }

    public required LoggedAddressForm AddressForm { get; init; }

    public required int DelayResolution { get; init; }

    /// <summary>ALLOWLISTED or WHITELISTED, by respectful_logging.</summary>
    public required ListWords Words { get; init; }

    /// <exception cref="ConfigurationException">A value makes no sense.</exception>
    public static PostscreenSettings Read(ParameterSet parameters)
    {
        var lineLimit = parameters.Get(Parameters.LineLengthLimit);
        return lineLimit < ShortestLineLimit
            ? throw parameters.Wrong(Parameters.LineLengthLimit.Name, $"invalid {Parameters.LineLengthLimit.Name} parameter value {lineLimit} < {ShortestLineLimit}")
            : Read(parameters, lineLimit);
    }

    private static PostscreenSettings Read(ParameterSet parameters, int lineLimit) => new()
    {
        Myhostname = parameters.Get(Parameters.Myhostname),
        Banner = parameters.Get(Parameters.SmtpdBanner),
        TeaserBanner = parameters.Get(Parameters.PostscreenGreetBanner),
        GreetWait = parameters.Get(Parameters.PostscreenGreetWait),
        GreetAction = ScreeningActions.Read(parameters, Parameters.PostscreenGreetAction),
        DenylistAction = ScreeningActions.Read(parameters, Parameters.PostscreenDenylistAction),
        PipeliningAction = ScreeningActions.Read(parameters, Parameters.PostscreenPipeliningAction),
        NonSmtpCommandAction = ScreeningActions.Read(parameters, Parameters.PostscreenNonSmtpCommandAction),
        BareNewlineAction = ScreeningActions.Read(parameters, Parameters.PostscreenBareNewlineAction),
        GreetTtl = parameters.Get(Parameters.PostscreenGreetTtl),
        PipeliningTtl = parameters.Get(Parameters.PostscreenPipeliningTtl),
        NonSmtpCommandTtl = parameters.Get(Parameters.PostscreenNonSmtpCommandTtl),
        BareNewlineTtl = parameters.Get(Parameters.PostscreenBareNewlineTtl),
        Enabled = ReadTests(parameters),
        ConnectionLimit = parameters.Get(Parameters.PostscreenClientConnectionCountLimit),
        PreQueueLimit = parameters.Get(Parameters.PostscreenPreQueueLimit),
        PostQueueLimit = parameters.Get(Parameters.PostscreenPostQueueLimit),
        CommandLimit = parameters.Get(Parameters.PostscreenCommandCountLimit),

        // The time is for a whole command line: octets buy none.
        Wire = new WireLimits(lineLimit, parameters.Get(Parameters.PostscreenCommandTimeLimit), MinDataRate: int.MaxValue),
        HeloRequired = parameters.Get(Parameters.PostscreenHeloRequired),
        DisableVrfy = parameters.Get(Parameters.PostscreenDisableVrfyCommand),
        AnnouncesVrfy = !parameters.Get(Parameters.DisableVrfyCommand),
        Smtputf8Enable = parameters.Get(Parameters.Smtputf8Enable),
        SoftBounce = parameters.Get(Parameters.SoftBounce),
        MessageSizeLimit = parameters.Get(Parameters.MessageSizeLimit),
        DiscardedKeywords = EhloKeywordNames.Parse(parameters.Get(Parameters.PostscreenDiscardEhloKeywords)),
        AddressForm = LoggedAddressForm.Load(parameters),
        DelayResolution = parameters.Get(Parameters.DelayLoggingResolutionLimit),
        Words = parameters.Get(Parameters.RespectfulLogging) ? ListWords.Respectful : ListWords.Old,
    };

    private static ScreeningTests ReadTests(ParameterSet parameters)
    {
        var tests = ScreeningTests.None;
        Add(parameters.Get(Parameters.PostscreenGreetBanner).Length > 0, ScreeningTests.Pregreet);
        Add(parameters.Get(Parameters.PostscreenDnsblSites).Length > 0, ScreeningTests.Dnsbl);
        Add(parameters.Get(Parameters.PostscreenPipeliningEnable), ScreeningTests.Pipelining);
        Add(parameters.Get(Parameters.PostscreenNonSmtpCommandEnable), ScreeningTests.NonSmtpCommand);
        Add(parameters.Get(Parameters.PostscreenBareNewlineEnable), ScreeningTests.BareNewline);
        return tests;

        void Add(bool isEnabled, ScreeningTests test) => tests |= isEnabled ? test : ScreeningTests.None;
    }
}

internal sealed record ListWords(string Allowlisted, string Denylisted, string AllowlistVeto)
{
    public static readonly ListWords Respectful = new("ALLOWLISTED", "DENYLISTED", "ALLOWLIST VETO");
    public static readonly ListWords Old = new("WHITELISTED", "BLACKLISTED", "WHITELIST VETO");
}
