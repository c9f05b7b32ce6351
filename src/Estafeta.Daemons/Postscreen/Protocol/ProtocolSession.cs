using System.Globalization;
using System.Text;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Mail.Smtp;
using Estafeta.Net.Tls;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Postscreen.Protocol;

/// <summary>
/// The built-in SMTP server, which takes no mail: it watches how a client speaks (pipelining, commands of other protocols, bare newlines), and
/// refuses each recipient, for good or, when nothing is wrong with the client, for now: the next time it gets a real server.
/// </summary>
internal sealed partial class ProtocolSession(PostscreenService service, ScreenedClient client, ClientWire wire)
{
    private const string Unknown = "UNIMPLEMENTED";

    /// <summary>How long the client counts as good after a failure that is ignored.</summary>
    private const long ExcusedSeconds = 60;

    private readonly PostscreenSettings _settings = client.Settings;
    private readonly CommandLine _command = new();
    private readonly long _start = service.Time.GetTimestamp();
    private CancellationToken _cancellationToken;
    private string _where = "CONNECT";
    private string _helo = "";
    private string _protocol = "SMTP";
    private string? _sender;
    private int _commands;
    private bool _hasNamedRecipient;
    private bool _isOver;
    private bool _isGarbled;
    private TlsParameters? _tls;

    /// <summary>Every command is answered with this, which ends the session: there is no server to hand the client to.</summary>
    public string? FinalReply { get; init; }

    private IMailLog Log => service.Log;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _cancellationToken = cancellationToken;
        try
        {
            if (!client.HasSpokenFirst)
            {
                wire.WriteLine("220 " + _settings.Banner);
            }

            while (!_isOver)
            {
                await TakeLineAsync(await wire.ReadLineAsync());
                wire.StartRequest();
            }

            await wire.FinishAsync();
        }
        finally
        {
            if (_tls != null)
            {
                service.TlsLog.Info($"DISCONNECT {client.Name}");
            }

            PassTests();
        }
    }

    private async ValueTask TakeLineAsync(LineOutcome outcome)
    {
        if (outcome == LineOutcome.None)
        {
            await EndAsync();
        }
        else if (outcome == LineOutcome.TooLong)
        {
            await RefuseServiceAsync("LENGTH");
        }
        else if (_commands++ >= _settings.CommandLimit)
        {
            await RefuseServiceAsync("COUNT");
        }
        else if (await CheckNewlineAsync() && await ReadCommandAsync())
        {
            await ExecuteAsync();
        }
    }

    private async ValueTask EndAsync()
    {
        _isOver = true;
        switch (wire.End)
        {
            case WireEnd.Timeout:
                Log.Info($"COMMAND TIME LIMIT from {client.Name} after {_where}");
                await SayLastAsync($"421 4.4.2 {_settings.Myhostname} Error: timeout exceeded");
                break;
            case WireEnd.Closing:
                await SayLastAsync($"421 4.3.0 {_settings.Myhostname} Server shutting down");
                break;
            default:
                var elapsed = DelayText.Of(service.Time.GetElapsedTime(_start), _settings.DelayResolution);
                Log.Info($"HANGUP after {elapsed} from {client.Name} in tests after SMTP handshake");
                break;
        }
    }

    private async ValueTask RefuseServiceAsync(string limit)
    {
        Log.Info($"COMMAND {limit} LIMIT from {client.Name} after {_where}");
        await HangUpAsync($"421 {_settings.Myhostname} Service unavailable - try again later");
    }

    // False when the session is over.
    private async ValueTask<bool> CheckNewlineAsync()
    {
        if (!wire.LineWasBare || !client.Must(ScreeningTest.BareNewline))
        {
            return true;
        }

        Log.Info($"BARE NEWLINE from {client.Name} after {LogText.Escape(wire.Line)}");
        return await FailAsync(ScreeningTest.BareNewline, _settings.BareNewlineAction, "521 5.5.1 Protocol error");
    }

    private async ValueTask<bool> ReadCommandAsync()
    {
        _isGarbled = !_command.TryParse(wire.Line);
        if (_isGarbled)
        {
            // No UTF-8: what is not ASCII becomes question marks, as in the log.
            _command.Parse(Encoding.ASCII.GetString(wire.Line));
        }

        if (service.CommandFilter is not { } filter)
        {
            return true;
        }

        var result = await filter.LookupAsync(_command.Text, _cancellationToken);
        if (result.IsTrouble)
        {
            await HangUpAsync($"421 4.3.0 {_settings.Myhostname} Server local data error");
            return false;
        }

        if (result.Value is { } replacement)
        {
            Log.Info($"{client.Name}: replacing command \"{Limit(_command.Text)}\" with \"{Limit(replacement)}\"");
            _command.Parse(replacement);
        }

        return true;
    }

    private async ValueTask ExecuteAsync()
    {
        if (FinalReply != null)
        {
            await HangUpAsync(FinalReply);
            return;
        }

        var verb = Find(_command.Verb);
        if (verb == null && !await CheckForeignCommandAsync())
        {
            return;
        }

        _where = verb?.Name ?? Unknown;
        if (!await CheckPipeliningAsync())
        {
            return;
        }

        if (verb == null)
        {
            await ReplyAsync("502 5.5.2 Error: command not recognized");
        }
        else if (!verb.BeforeTls && _tls == null && service.Tls is { Settings.Level: Net.Tls.Server.TlsServerLevel.Encrypt })
        {
            await ReplyAsync("530 5.7.0 Must issue a STARTTLS command first");
        }
        else
        {
            await verb.Run(this);
        }
    }

    private async ValueTask<bool> CheckForeignCommandAsync()
    {
        if (!client.Must(ScreeningTest.NonSmtpCommand) || (!_isGarbled && !await service.IsForeignCommandAsync(_command.Verb, _cancellationToken)))
        {
            return true;
        }

        Log.Info($"NON-SMTP COMMAND from {client.Name} after {_where}: {Limit($"{_command.Verb} {_command.Text.TrimStart()[_command.Verb.Length..].TrimStart()}")}"); // with the space, as Postfix has it
        return await FailAsync(ScreeningTest.NonSmtpCommand, _settings.NonSmtpCommandAction, "521 5.7.0 Error: I can break rules, too. Goodbye.");
    }

    // A client that waits for each answer sends nothing behind a command: PIPELINING is not announced.
    private async ValueTask<bool> CheckPipeliningAsync()
    {
        if (!client.Must(ScreeningTest.Pipelining))
        {
            return true;
        }

        await wire.PeekAsync();
        if (wire.Buffered.IsEmpty)
        {
            return true;
        }

        var after = _where == Unknown ? LogText.Escape(Encoding.UTF8.GetBytes(_command.Verb)) : _where;
        Log.Info($"COMMAND PIPELINING from {client.Name} after {after}: {LogText.Escape(wire.Buffered)}");
        return await FailAsync(ScreeningTest.Pipelining, _settings.PipeliningAction, "521 5.5.1 Protocol error");
    }

    // False when the session is over.
    private async ValueTask<bool> FailAsync(ScreeningTest test, ScreeningAction action, string lastWord)
    {
        switch (action)
        {
            case ScreeningAction.Drop:
                client.Fail(test, "550 5.5.1 Protocol error");
                await HangUpAsync(lastWord);
                return false;
            case ScreeningAction.Enforce:
                client.Fail(test, "550 5.5.1 Protocol error");
                return true;
            default:
                client.Pass(test, service.Now + ExcusedSeconds);
                return true;
        }
    }

    // Who names a recipient has shown all that the tests want to see.
    private void PassTests()
    {
        if (!_hasNamedRecipient || client.HasFailed)
        {
            return;
        }

        Pass(ScreeningTest.Pipelining, _settings.PipeliningTtl);
        Pass(ScreeningTest.NonSmtpCommand, _settings.NonSmtpCommandTtl);
        Pass(ScreeningTest.BareNewline, _settings.BareNewlineTtl);

        void Pass(ScreeningTest test, TimeSpan ttl)
        {
            if (client.Must(test))
            {
                client.Pass(test, service.Now + (long)ttl.TotalSeconds);
            }
        }
    }

    private async ValueTask ReplyAsync(string reply)
    {
        foreach (var line in await service.Replies.FinishAsync(reply, client, _cancellationToken))
        {
            wire.WriteLine(line);
        }
    }

    private async ValueTask HangUpAsync(string reply)
    {
        await ReplyAsync(reply);
        _isOver = true;
    }

    private async ValueTask SayLastAsync(string reply)
    {
        var lines = await service.Replies.FinishAsync(reply, client, CancellationToken.None);
        for (var i = 0; i < lines.Length - 1; i++)
        {
            wire.WriteLine(lines[i]);
        }

        await wire.SayLastAsync(lines[^1]);
    }

    private static string Limit(string text) => text.Length <= 100 ? text : text[..100];
}
