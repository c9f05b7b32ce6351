using System.Globalization;
using System.Net.Sockets;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Mail.Smtp;
using Estafeta.Net.Milter;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;

namespace Estafeta.Daemons.Smtpd.Milters;

/// <summary>
/// The milters of one session: told of connection, HELO, envelope and unknown commands here, then handed to cleanup for the content.
/// Each event answers null, or the reply that refuses the command; what is refused, held or discarded is logged.
/// </summary>
internal sealed class SessionMilters
{
    private readonly SmtpdSession _session;
    private readonly MilterChain _chain;
    private readonly IReadOnlyList<MilterSettings> _settings;
    private readonly SessionMacros _macros;
    private readonly MilterMacroSource _find;
    private bool _isGreeted;

    public SessionMilters(SmtpdSession session, SmtpdMilters service, MilterChain chain, IReadOnlyList<MilterSettings> settings)
    {
        _session = session;
        _chain = chain;
        _settings = settings;
        _macros = new SessionMacros(session, service.MacroDefaults);
        _find = _macros.Find;
    }

    private CancellationToken Token => _session.CancellationToken;

    public async ValueTask<string?> ConnectAsync()
    {
        var peer = _session.Peer;
        var family = peer.IPAddress?.AddressFamily switch
        {
            AddressFamily.InterNetwork => '4',
            AddressFamily.InterNetworkV6 => '6',
            _ => 'U',
        };
        var port = ushort.TryParse(peer.Port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : (ushort)0;
        var name = peer.Name == "unknown" && peer.IPAddress != null ? $"[{peer.Address}]" : peer.Name;
        return Decide(await _chain.AskAsync(m => m.ConnectAsync(name, family, port, peer.Address, _find, Token)), "CONNECT");
    }

    public async ValueTask<string?> HeloAsync(string name)
    {
        var refusal = Decide(await _chain.AskAsync(m => m.HeloAsync(name, _find, Token)), _session.Where);
        ForgetGreeting();
        _isGreeted = true;
        return refusal;
    }

    /// <summary>The session starts anew; milters are told so when the client had said who it is.</summary>
    public void ForgetGreeting()
    {
        if (_isGreeted)
        {
            _isGreeted = false;
            foreach (var milter in _chain.Sessions)
            {
                milter.ForgetGreeting();
            }
        }
    }

    public async ValueTask<string?> MailAsync(MailTransaction transaction, CommandLine command)
    {
        if (_chain.Wants(MilterStage.Mail, "{mail_") || _chain.Wants(MilterStage.Data, "{mail_"))
        {
            _macros.Sender = await ResolveAsync("", transaction.Sender.Length == 0 ? "MAILER-DAEMON" : transaction.Sender);
        }

        return Decide(await _chain.AskAsync(m => m.MailAsync(Arguments(command), _find, Token)), "MAIL");
    }

    public async ValueTask<string?> RecipientAsync(MailTransaction transaction, string recipient, CommandLine command)
    {
        if (IsDone(transaction))
        {
            return null;
        }

        await SetRecipientAsync(transaction, recipient);
        return Decide(await _chain.AskAsync(m => m.RecipientAsync(Arguments(command), _find, Token)), "RCPT", recipient);
    }

    /// <summary>Tells the milters that want to know of a recipient that was refused already; nobody asks what they think of it.</summary>
    public async ValueTask RefusedRecipientAsync(MailTransaction transaction, string refusal, CommandLine command)
    {
        if (IsDone(transaction))
        {
            return;
        }

        _macros.Refusal = refusal;
        foreach (var milter in _chain.Sessions)
        {
            if (milter.WantsRejectedRecipients)
            {
                await milter.RecipientAsync(Arguments(command), _find, Token);
            }
        }

        _macros.Refusal = null;
    }

    public async ValueTask<string?> DataAsync(MailTransaction transaction) =>
        IsDone(transaction) ? null : Decide(await _chain.AskAsync(m => m.DataAsync(_find, Token)), _session.Where, transaction.FirstRecipient);

    public async ValueTask<string?> UnknownAsync(string command) => Decide(await _chain.AskAsync(m => m.UnknownAsync(command, _find, Token)), "UNKNOWN");

    /// <summary>Gives the milters that still listen to cleanup, which shows them the content at commit.</summary>
    public async ValueTask AttachAsync(MailTransaction transaction)
    {
        if (IsDone(transaction) || transaction.Cleanup == null)
        {
            return;
        }

        List<MilterHandoff>? handoffs = null;
        for (var i = 0; i < _settings.Count; i++)
        {
            if (_chain.Sessions[i] is { IsListening: true } milter)
            {
                await milter.FlushAsync(Token);
                (handoffs ??= []).Add(new MilterHandoff(_settings[i], milter.Suspend(), milter.Connection, ContentMacros(milter)));
            }
        }

        if (handoffs != null)
        {
            await transaction.Cleanup.AttachMiltersAsync(handoffs, Token);
        }
    }

    /// <summary>Cleanup has taken or refused the message, or has not got that far.</summary>
    public async ValueTask EndMessageAsync(bool wasCommitted)
    {
        _macros.Sender = _macros.Recipient = null;
        if (!wasCommitted)
        {
            await _chain.AbortAsync(CancellationToken.None); // short, and due even when the session must end
            return;
        }

        foreach (var milter in _chain.Sessions)
        {
            milter.EndMessage();
        }
    }

    public async ValueTask QuitAsync()
    {
        ForgetGreeting();
        await _chain.QuitAsync(CancellationToken.None);
        _chain.Dispose();
    }

    private static bool IsDone(MailTransaction transaction) => transaction.IsDiscarded || transaction.IsMilterDiscarded;

    // What follows the keyword, as the client wrote it.
    private static string[] Arguments(CommandLine command)
    {
        var arguments = new string[command.Count - 2];
        for (var i = 2; i < command.Count; i++)
        {
            arguments[i - 2] = command[i].Text;
        }

        return arguments;
    }

    private async ValueTask SetRecipientAsync(MailTransaction transaction, string recipient)
    {
        if (_chain.Wants(MilterStage.Recipient, "{rcpt_") || _chain.Wants(MilterStage.Data, "{rcpt_"))
        {
            _macros.Recipient = await ResolveAsync(transaction.Sender, recipient);
        }
    }

    private ValueTask<ResolvedAddress> ResolveAsync(string sender, string address)
    {
        var resolver = _session.Service.Resolver;
        return resolver.ResolveAsync(sender, resolver.Rewrite(address, localContext: true), Token);
    }

    private Dictionary<string, string> ContentMacros(MilterSession milter)
    {
        var values = new Dictionary<string, string>();
        foreach (var stage in (ReadOnlySpan<MilterStage>)[MilterStage.EndOfHeaders, MilterStage.EndOfBody])
        {
            foreach (var name in milter.MacroNames(stage))
            {
                if (_macros.FindForContent(name) is { } value)
                {
                    values[name] = value;
                }
            }
        }

        return values;
    }

    private string? Decide(MilterVerdict verdict, string stage, string? recipient = null)
    {
        switch (verdict.Decision)
        {
            case MilterDecision.Continue:
                return null;
            case MilterDecision.Quarantine:
                Log("hold", stage, verdict.Reply.Length > 0 ? verdict.Reply : "milter triggers HOLD action", recipient);
                AddEdit(new EnvelopeEdit(EnvelopeEditKind.Hold, verdict.Reply));
                return null;
            case MilterDecision.Discard:
                Log("discard", stage, "milter triggers DISCARD action", recipient);
                AddEdit(new EnvelopeEdit(EnvelopeEditKind.Discard, ""));
                return null;
            default:
                Log("reject", stage, verdict.LogText, recipient);
                return verdict.Reply;
        }
    }

    private void AddEdit(EnvelopeEdit edit)
    {
        if (_session.Transaction is not { } transaction)
        {
            return; // there is no message yet that it could be about
        }

        transaction.IsMilterDiscarded |= edit.Kind == EnvelopeEditKind.Discard;
        transaction.MilterEdits.Add(edit);
    }

    private void Log(string action, string stage, string text, string? recipient)
    {
        var subject = _session.Subject;
        var inTransaction = subject.Recipient;
        subject.Recipient = recipient;
        _session.Log.Info($"{_session.QueueIdOrNone}: milter-{action}: {stage} from {_session.Peer.NameAddress}: {text};{AccessServices.Describe(subject)}");
        subject.Recipient = inTransaction;
    }
}
