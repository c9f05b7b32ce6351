using Estafeta.Daemons.Smtpd.Milters;

namespace Estafeta.Daemons.Smtpd;

/// <summary>The session's milters: found when it starts, or starts over as another client's.</summary>
internal sealed partial class SmtpdSession
{
    /// <summary>Null when the client has none.</summary>
    public SessionMilters? Milters { get; private set; }

    /// <summary>How many the client has at the moment, this one included; 0 for clients that are not counted.</summary>
    public int ConnectionCount => _tally?.Connections ?? 0;

    /// <summary>A milter refused the client or its HELO: EHLO announces nothing that helps with sending mail.</summary>
    public bool AnnouncesLittle { get; set; }

    private async ValueTask<MilterWelcome> ConnectMiltersAsync()
    {
        await QuitMiltersAsync();
        Milters = service.Milters == null ? null : await service.Milters.FindAsync(this);
        if (Milters == null || await Milters.ConnectAsync() is not { } refusal)
        {
            return MilterWelcome.Full;
        }

        if (refusal.StartsWith("421", StringComparison.Ordinal))
        {
            await ReplyAsync($"421 {Settings.Myhostname} Service unavailable - try again later");
            return MilterWelcome.None;
        }

        return refusal[0] == '5' ? MilterWelcome.Cold : MilterWelcome.Full;
    }

    private async ValueTask QuitMiltersAsync()
    {
        if (Milters is { } milters)
        {
            Milters = null;
            await milters.QuitAsync();
        }
    }

    private enum MilterWelcome
    {
        /// <summary>Also when a milter would rather have the client later: it hears that at MAIL.</summary>
        Full,

        /// <summary>The client is told that it sends nothing here.</summary>
        Cold,

        /// <summary>The session is over.</summary>
        None,
    }
}
