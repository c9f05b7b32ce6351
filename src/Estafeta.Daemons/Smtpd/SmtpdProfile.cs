using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// The parameters a session lives by. A service has two: the plain one, and the one with <c>stress=yes</c> for sessions that start
/// while it is at its process limit (STRESS_README).
/// </summary>
internal sealed record SmtpdProfile(SmtpdSettings Settings, SmtpdAccess Access, WireLimits Limits)
{
    public static SmtpdProfile Create(ParameterSet parameters, AccessServices services, IMailLog log)
    {
        var settings = SmtpdSettings.Read(parameters);
        return new SmtpdProfile(
            settings,
            new SmtpdAccess(parameters, services with { Settings = AccessSettings.Read(parameters) }, log),
            new WireLimits(settings.LineLengthLimit, settings.Timeout, settings.PerRequestDeadline ? settings.MinDataRate : null));
    }
}
