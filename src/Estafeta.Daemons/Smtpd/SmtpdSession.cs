using System.Globalization;
using Estafeta.Daemons.Smtpd.Access;
using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Daemons.Smtpd.Verbs;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Smtpd;

/// <summary>
/// One connection, from greeting to disconnect: reads a command, finds its verb in the <see cref="VerbTable"/>, lets it answer, and keeps
/// the counts that end bad sessions (smtpd_error_sleep_time, smtpd_soft_error_limit, smtpd_hard_error_limit, smtpd_junk_command_limit).
/// The state of the mail transaction is in <see cref="MailTransaction"/>, forgotten as a whole.
/// </summary>
internal sealed partial class SmtpdSession(SmtpdService service, SmtpdProfile profile, ClientWire wire, ClientPeer peer)
{
    private readonly CommandLine _command = new();
    private readonly CommandCounts _counts = new();
    private bool _hasTooManyErrors;
    private bool _hasRestarted;

    public SmtpdService Service => service;

    public SmtpdSettings Settings => profile.Settings;

    public ClientWire Wire => wire;

    /// <summary>What access control knows of the session.</summary>
    public AccessSubject Subject { get; } = new() { Peer = peer, AddressForm = profile.Settings.LoggedAddressForm };

    public ClientPeer Peer
    {
        get => Subject.Peer;
        set => Subject.Peer = value;
    }

    /// <summary>HELO or EHLO argument, made harmless; null before.</summary>
    public string? HeloName
    {
        get => Subject.Helo;
        set => Subject.Helo = value;
    }

    /// <summary>The client said EHLO.</summary>
    public bool IsExtended
    {
        get => Subject.IsExtended;
        set => Subject.IsExtended = value;
    }

    public MailTransaction? Transaction { get; private set; }

    public BdatState Bdat { get; set; }

    public EhloKeywords DiscardedKeywords { get; set; } = profile.Settings.DiscardEhloKeywords;

    /// <summary>XFORWARD for the next message.</summary>
    public ForwardedClient? Forwarded { get; set; }

    /// <summary>What STARTTLS and AUTH have to say in Received, one line each.</summary>
    public IReadOnlyList<string> ReceivedComments { get; private set; } = [];

    /// <summary>Cancelled when the session must end at once: nothing waits for the client any more.</summary>
    public CancellationToken CancellationToken { get; private set; }

    /// <summary>The access state of this session: what earlier lists left for later ones.</summary>
    public AccessState Access { get; } = profile.Access.CreateState();

    /// <summary>Where the session is, for log lines: the last verb, or CONNECT.</summary>
    public string Where { get; set; } = "CONNECT";

    /// <summary>The connection ends when the current command has been answered.</summary>
    public bool HangsUp { get; private set; }

    /// <summary>The reply that a connect-time restriction gave: everything but QUIT gets a refusal from now on.</summary>
    public string? AccessDenied { get; set; }

    public IMailLog Log => service.Log;

    public string QueueIdOrNone => Transaction?.QueueId ?? "NOQUEUE";

    /// <summary>The proxy before us did not say who the client is: nothing else is done for it.</summary>
    public async Task RefuseServiceAsync()
    {
        Peer = Peer.WithNames(Settings.ClientPortLogging);
        Log.Info($"connect from {Peer.NameAddress}");
        await wire.SayLastAsync($"421 4.3.0 {Settings.Myhostname} Server local error");
        Log.Info($"disconnect from {Peer.NameAddress}{_counts}");
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        CancellationToken = cancellationToken;
        await service.PrepareAsync(this);
        Log.Info($"connect from {Peer.NameAddress}");
        try
        {
            await CountConnectionAsync();
            await ConverseAsync();
            await wire.FinishAsync();
            await SayGoodbyeAsync();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Ours, not the client's: it may try again. The host logs what it was and ends the session.
            Log.Info($"{QueueIdOrNone}: reject: {Where} from {Peer.NameAddress}: 421 4.3.0 {Settings.Myhostname} Server local error");
            HangUp();
            History.Note(SessionErrors.Software);
            await SayLastAsync($"421 4.3.0 {Settings.Myhostname} Server local error");
            throw;
        }
        finally
        {
            ReportEnd();
            await service.Notices.FlushAsync(History, Peer.NameAddress, EndReason);
            _tally?.Close();
            await EndTransactionAsync();
            await QuitMiltersAsync();
            Log.Info($"disconnect from {Peer.NameAddress}{_counts}");
        }
    }

    public void HangUp() => HangsUp = true;

    public void Begin(MailTransaction transaction) => Transaction = transaction;

    /// <summary>Forgets the mail transaction; an open one with cleanup is cancelled.</summary>
    public async ValueTask EndTransactionAsync()
    {
        if (Transaction is { } transaction)
        {
            Transaction = null;
            Subject.Sender = Subject.Recipient = Subject.QueueId = null;
            Subject.Size = 0;
            Forwarded = null;
            Access.Forget();
            transaction.Content?.Dispose();
            if (transaction.Authentication != null)
            {
                await transaction.Authentication.DisposeAsync();
            }

            if (transaction.Cleanup != null)
            {
                await transaction.Cleanup.DisposeAsync();
            }

            if (transaction.Proxy != null)
            {
                await transaction.Proxy.DisposeAsync();
            }

            if (Milters != null)
            {
                await Milters.EndMessageAsync(transaction.IsCommitted);
            }
        }
    }

    /// <summary>The <c>with</c> word of Received (RFC 3848, RFC 6531 §4.3).</summary>
    public string ProtocolWord(MailTransaction transaction) =>
        transaction.DeclaredSmtpUtf8 ? "UTF8SMTP" + ProtocolSuffix : IsExtended ? "ESMTP" + ProtocolSuffix : "SMTP";

    /// <summary><c>S</c> under TLS, <c>A</c> after AUTH.</summary>
    public string ProtocolSuffix { get; private set; } = "";

    private async ValueTask ConverseAsync()
    {
        if (!await GreetAsync())
        {
            return;
        }

        while (!HangsUp)
        {
            if (ErrorCount >= Settings.HardErrorLimit)
            {
                _hasTooManyErrors = true;
                await RefuseAsync($"421 4.7.0 {Settings.Myhostname} Error: too many errors");
                return;
            }

            var outcome = await wire.ReadLineAsync();
            if (outcome == LineOutcome.None)
            {
                return;
            }

            await HandleLineAsync(outcome == LineOutcome.TooLong);
            wire.StartRequest();
        }
    }

    private ValueTask SayGoodbyeAsync() => wire.End switch
    {
        WireEnd.Timeout => SayLastAsync($"421 4.4.2 {Settings.Myhostname} Error: timeout exceeded"),
        WireEnd.Closing => SayLastAsync($"421 4.3.0 {Settings.Myhostname} Server shutting down"),
        _ => ValueTask.CompletedTask,
    };

    /// <summary>The session begins again as another client's (XCLIENT).</summary>
    public async ValueTask RestartAsync(ClaimedIdentity identity)
    {
        await EndTransactionAsync();
        Bdat = BdatState.None;
        Peer = identity.Peer.WithNames(Settings.ClientPortLogging);
        HeloName = identity.Helo;
        IsExtended = identity.IsExtended;
        if (identity.Login is { } login)
        {
            Subject.SaslUsername = login;
            Subject.SaslMethod = login.Length > 0 ? "XCLIENT" : "";
        }

        RefreshTrace();
        AccessDenied = null;
        ForgiveErrors();
        _hasRestarted = true;
        Subject.Stage = "XCLIENT";
        await GreetAsync();
    }

    private async ValueTask<bool> GreetAsync()
    {
        if (!await StartWrappedAsync())
        {
            return false;
        }

        if (CheckConnectionLimits() is { } excess)
        {
            await RejectAsync(excess);
            return false;
        }

        if (await profile.Access.CheckConnectAsync(Subject, Access, CancellationToken) is { } refusal)
        {
            AccessDenied = refusal;
            await RejectAsync(refusal);
            if (HangsUp)
            {
                return false;
            }

            ErrorCount++;
            return true;
        }

        var welcome = await ConnectMiltersAsync();
        if (welcome == MilterWelcome.None || !await CheckPipeliningAsync("CONNECT"))
        {
            return false;
        }

        Say(welcome == MilterWelcome.Cold ? $"554 {Settings.Myhostname} ESMTP not accepting connections" : Settings.Greeting);
        return true;
    }

    private async ValueTask HandleLineAsync(bool isTooLong)
    {
        if (!isTooLong && wire.LineWasBare && !await CheckBareNewlineAsync())
        {
            return;
        }

        var isText = _command.TryParse(wire.Line);
        if (isTooLong)
        {
            // As much of it as the limit allows is the command.
            LogLongLine(Settings.LineLengthLimit);
            await wire.SkipLineAsync();
        }

        if (!isText)
        {
            await FailAsync("500 5.5.2 Error: bad UTF-8 syntax");
            return;
        }

        History.AddCommand(_command.Text);
        if (IsVerbose)
        {
            Log.Info($"< {Peer.NameAddress}: {_command.Text}");
        }

        if (service.CommandFilter is { } filter && !await FilterCommandAsync(filter))
        {
            return;
        }

        if (_command.Count == 0)
        {
            await FailAsync("500 5.5.2 Error: bad syntax");
            return;
        }

        if (await service.IsNoopCommandAsync(_command.Verb, CancellationToken))
        {
            await ReplyAsync("250 2.0.0 Ok");
            CountJunk();
            return;
        }

        await DispatchAsync();
    }

    private async ValueTask DispatchAsync()
    {
        var index = VerbTable.Find(_command.Verb);
        var verb = index < 0 ? null : VerbTable.Verbs[index];
        _counts.CountTotal(index);
        if (verb == null)
        {
            Where = "UNKNOWN";
            if (await RefuseForeignProtocolAsync())
            {
                return;
            }
        }

        if (AccessDenied != null && verb?.Name != "QUIT")
        {
            await FailAsync($"503 5.7.0 Error: access denied for {Peer.NameAddress}", SessionErrors.Policy);
            return;
        }

        if (verb == null)
        {
            if (Milters != null && await Milters.UnknownAsync(_command.Verb) is { } refusal)
            {
                await FailAsync(refusal);
                return;
            }

            await FailAsync("500 5.5.2 Error: command not recognized");
            return;
        }

        if (MustStartTls && !verb.Flags.HasFlag(VerbFlags.BeforeTls))
        {
            await FailAsync("530 5.7.0 Must issue a STARTTLS command first");
            return;
        }

        Where = verb.Name;
        // Pipelining is an extension: who said HELO may not do it at all.
        if ((!IsExtended || verb.Flags.HasFlag(VerbFlags.EndsPipelining)) && !await CheckPipeliningAsync(verb.Name))
        {
            return;
        }

        var isDone = await verb.Handler(this, _command);
        if (_hasRestarted)
        {
            // Neither a success nor a failure: the session it belonged to is over, with its errors.
            _hasRestarted = false;
            return;
        }

        if (isDone)
        {
            _counts.CountSuccess(index);
        }
        else
        {
            ErrorCount++;
        }

        if (verb.Flags.HasFlag(VerbFlags.Junk))
        {
            CountJunk();
        }
    }

    /// <summary>Why the session ended before its client said QUIT; null when it did.</summary>
    private string? EndReason => _hasTooManyErrors ? "too many errors" : HangsUp ? null : wire.End switch
    {
        WireEnd.LostConnection => "lost connection",
        WireEnd.Timeout => "timeout",
        _ => null,
    };

    private void ReportEnd()
    {
        if (EndReason is not { } reason)
        {
            return;
        }

        var octets = Where is "DATA" or "BDAT" && Transaction?.Content is { } content
            ? string.Create(CultureInfo.InvariantCulture, $" ({content.Size} bytes)")
            : "";
        Log.Info($"{QueueIdOrNone}: {reason} after {Where}{octets} from {Peer.NameAddress}");
    }
}

internal enum BdatState
{
    None,

    /// <summary>A first chunk was taken: only BDAT goes on.</summary>
    Active,

    /// <summary>A chunk was refused: the client's further chunks are read and thrown away until LAST or RSET.</summary>
    Failed,
}
