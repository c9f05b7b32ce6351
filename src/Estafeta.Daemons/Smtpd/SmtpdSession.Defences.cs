using System.Globalization;
using System.Text;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Logging;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtpd;

/// <summary>What the session does about clients that do not speak SMTP, or speak before they are asked.</summary>
internal sealed partial class SmtpdSession
{
    private const int LoggedOctets = 100;

    /// <summary>smtpd_forbid_unauth_pipelining: after this command the client had to wait for the answer (RFC 2920 §3.1).</summary>
    private async ValueTask<bool> CheckPipeliningAsync(string after)
    {
        await wire.PeekAsync();
        var early = wire.Buffered.Length > 0 ? LogText.Escape(wire.Buffered) : "";
        if (early.Length == 0 || (Subject.HasPipelinedIllegally && !Settings.ForbidUnauthPipelining))
        {
            return true;
        }

        Subject.HasPipelinedIllegally = true;
        Log.Info($"improper command pipelining after {after} from {Peer.NameAddress}: {early}");
        if (!Settings.ForbidUnauthPipelining)
        {
            return true;
        }

        await RefuseAsync("554 5.5.0 Error: SMTP protocol synchronization");
        HangUp();
        return false;
    }

    /// <summary>smtpd_forbid_bare_newline for command lines. Content is DATA's and BDAT's.</summary>
    private async ValueTask<bool> CheckBareNewlineAsync()
    {
        switch (BareNewlinePolicy)
        {
            case BareNewlinePolicy.Note:
                LogBareNewline("note");
                return true;
            case BareNewlinePolicy.Reject:
                LogBareNewline("reject");
                await ReplyAsync(BareNewlineReply);
                HangUp();
                return false;
            default:
                return true;
        }
    }

    /// <summary>smtpd_forbid_bare_newline, but for the clients of smtpd_forbid_bare_newline_exclusions.</summary>
    public BareNewlinePolicy BareNewlinePolicy { get; set; } = profile.Settings.ForbidBareNewline;

    public string BareNewlineReply => string.Create(
        CultureInfo.InvariantCulture,
        $"{Settings.ForbidBareNewlineRejectCode} 5.5.2 {Settings.Myhostname} Error: bare <LF> received");

    public void LogBareNewline(string action) =>
        Log.Info($"{QueueIdOrNone}: {action}: {Where} from {Peer.NameAddress}: bare <LF> received;{AccessServices.Describe(Subject)}");

    /// <summary>HTTP, SIP, mail headers on port 25: smtpd_forbidden_commands. True when the session was ended.</summary>
    private async ValueTask<bool> RefuseForeignProtocolAsync()
    {
        if (!IsHeader(_command.Verb) && !await service.IsForbiddenCommandAsync(_command.Verb, CancellationToken))
        {
            return false;
        }

        Log.Warning($"non-SMTP command from {Peer.NameAddress}: {LogText.Escape(Encoding.UTF8.GetBytes(_command.Text))}");
        await ReplyAsync("221 2.7.0 Error: I can break rules, too. Goodbye.");
        HangUp();
        return true;
    }

    public void LogLongLine(int limit) => Log.Warning(string.Create(
        CultureInfo.InvariantCulture,
        $"{Peer.NameAddress}: request longer than {limit}: {LogText.Escape(wire.Line[..Math.Min(30, wire.Line.Length)])}..."));

    /// <summary>Nobody knows what the client may do: a table cannot be asked. Ends the session.</summary>
    public ValueTask<bool> RefuseForDataTroubleAsync()
    {
        var reply = $"421 4.3.0 {Settings.Myhostname} Server local data error";
        Log.Info($"{QueueIdOrNone}: reject: {Where} from {Peer.NameAddress}: {reply}");
        return RefuseAsync(reply, SessionErrors.Data);
    }

    /// <summary>smtpd_command_filter: a table that rewrites command lines. False when the lookup failed.</summary>
    private async ValueTask<bool> FilterCommandAsync(MapList filter)
    {
        var result = await filter.LookupAsync(_command.Text, CancellationToken);
        if (result.IsTrouble)
        {
            return await RefuseForDataTroubleAsync();
        }

        if (result.Value is { } replacement)
        {
            Log.Info($"{Peer.NameAddress}: replacing command \"{Limit(_command.Text)}\" with \"{Limit(replacement)}\"");
            _command.Parse(replacement);
        }

        return true;
    }

    // name: of RFC 5322 §2.2, at the start of a word.
    private static bool IsHeader(string word)
    {
        var colon = word.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && word.AsSpan(0, colon).IndexOfAnyExceptInRange('!', '~') < 0;
    }

    private static string Limit(string text) => text.Length <= LoggedOctets ? text : text[..LoggedOctets];
}
