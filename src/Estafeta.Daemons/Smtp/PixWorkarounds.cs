using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Smtp;

/// <summary>smtp_pix_workarounds: what to do when a greeting of stars shows a Cisco PIX in "fixup" mode between us and the server.</summary>
internal sealed record PixWorkarounds
{
    /// <summary>Mail that has waited this long gets the delay.</summary>
    public TimeSpan Threshold { get; init; }

    public TimeSpan Delay { get; init; }

    public required string Names { get; init; }

    public static PixWorkarounds Load(SmtpParameters p) => new()
    {
        Names = p.Text(Parameters.SmtpPixWorkarounds, Parameters.LmtpPixWorkarounds),
        Threshold = p.Time(Parameters.SmtpPixWorkaroundThresholdTime, Parameters.LmtpPixWorkaroundThresholdTime),
        Delay = p.Time(Parameters.SmtpPixWorkaroundDelayTime, Parameters.LmtpPixWorkaroundDelayTime),
    };

    public static bool DisablesEsmtp(string names) => names.Contains("disable_esmtp", StringComparison.OrdinalIgnoreCase);

    public static bool DelaysEndOfData(string names) => names.Contains("delay_dotcrlf", StringComparison.OrdinalIgnoreCase);
}
