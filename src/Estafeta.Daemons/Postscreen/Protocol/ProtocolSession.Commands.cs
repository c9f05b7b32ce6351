using System.Globalization;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Postscreen.Protocol;

/// <summary>The commands, which believe nearly everything: what is wrong with a client shows elsewhere.</summary>
internal sealed partial class ProtocolSession
{
    private static readonly Command[] Commands =
    [
        new("HELO", static s => s.HeloAsync()) { BeforeTls = true },
        new("EHLO", static s => s.EhloAsync()) { BeforeTls = true },
        new("STARTTLS", static s => s.StarttlsAsync()) { BeforeTls = true },
        new("MAIL", static s => s.MailAsync()),
        new("RCPT", static s => s.RcptAsync()),
        new("DATA", static s => s.DataAsync()),
        new("BDAT", static s => s.BdatAsync()),
        new("RSET", static s => s.RsetAsync()),
        new("NOOP", static s => s.ReplyAsync("250 2.0.0 Ok")) { BeforeTls = true },
        new("VRFY", static s => s.VrfyAsync()),
        new("ETRN", static s => s.ReplyAsync(s._command.Count < 2 ? "500 Syntax: ETRN domain" : "458 Unable to queue messages")),
        new("QUIT", static s => s.HangUpAsync("221 2.0.0 Bye")) { BeforeTls = true },
    ];

    private static Command? Find(string word) => Array.Find(Commands, c => c.Name.Equals(word, StringComparison.OrdinalIgnoreCase));

    private async ValueTask HeloAsync()
    {
        if (_command.Count < 2)
        {
            await ReplyAsync("501 Syntax: HELO hostname");
            return;
        }

        Greet("SMTP");
        await ReplyAsync("250 " + _settings.Myhostname);
    }

    private async ValueTask EhloAsync()
    {
        if (_command.Count < 2)
        {
            await ReplyAsync("501 Syntax: EHLO hostname");
            return;
        }

        if (await service.DiscardedKeywordsAsync(client, _cancellationToken) is not { } discarded)
        {
            await HangUpAsync($"421 4.3.0 {_settings.Myhostname} Server local data error");
            return;
        }

        Greet("ESMTP");
        var lines = EhloLines(discarded);
        for (var i = 0; i < lines.Count; i++)
        {
            wire.WriteLine((i + 1 < lines.Count ? "250-" : "250 ") + lines[i]);
        }
    }

    private List<string> EhloLines(EhloKeywords discarded)
    {
        var limit = _settings.MessageSizeLimit;
        var lines = new List<string>(10) { _settings.Myhostname };
        Add(EhloKeywords.Size, limit > 0 ? string.Create(CultureInfo.InvariantCulture, $"SIZE {limit}") : "SIZE");
        if (_settings.AnnouncesVrfy)
        {
            Add(EhloKeywords.Verify, "VRFY");
        }

        Add(EhloKeywords.Etrn, "ETRN");
        if (service.Tls != null && _tls == null)
        {
            Add(EhloKeywords.Starttls, "STARTTLS");
        }

        Add(EhloKeywords.EnhancedStatusCodes, "ENHANCEDSTATUSCODES");
        Add(EhloKeywords.EightBitMime, "8BITMIME");
        Add(EhloKeywords.Dsn, "DSN");
        if (_settings.Smtputf8Enable)
        {
            Add(EhloKeywords.SmtpUtf8, "SMTPUTF8");
        }

        Add(EhloKeywords.Chunking, "CHUNKING");
        return lines;

        void Add(EhloKeywords keyword, string line)
        {
            if (!discarded.HasFlag(keyword))
            {
                lines.Add(line);
            }
        }
    }

    private void Greet(string protocol)
    {
        _protocol = protocol;
        _helo = _command[1].Text;
        _sender = null;
    }

    private async ValueTask StarttlsAsync()
    {
        // As Postfix has it, whose text this is.
        if (_command.Count > 1)
        {
            await ReplyAsync("501 Syntax: EHLO hostname");
        }
        else if (_tls != null)
        {
            await ReplyAsync("554 5.5.1 Error: TLS already active");
        }
        else if (service.Tls is not { } tls || await service.DiscardedKeywordsAsync(client, _cancellationToken) is { } discarded && discarded.HasFlag(EhloKeywords.Starttls))
        {
            await ReplyAsync("502 5.5.1 Error: command not implemented");
        }
        else if (!tls.IsAvailable)
        {
            await ReplyAsync("454 4.7.0 TLS not available due to local problem");
        }
        else
        {
            await ReplyAsync("220 2.0.0 Ready to start TLS");
            await EncryptAsync(tls);
        }
    }

    private async ValueTask MailAsync()
    {
        if (_helo.Length == 0 && _settings.HeloRequired)
        {
            await ReplyAsync("503 5.5.1 Error: send HELO/EHLO first");
        }
        else if (_sender != null)
        {
            await ReplyAsync("503 5.5.1 Error: nested MAIL command");
        }
        else if (_command.Count < 2 || !_command[1].Is("from:"))
        {
            await ReplyAsync("501 5.5.4 Syntax: MAIL FROM:<address>");
        }
        else
        {
            _sender = Address();
            await ReplyAsync("250 2.1.0 Ok");
        }
    }

    private async ValueTask RcptAsync()
    {
        if (_sender == null)
        {
            await ReplyAsync("503 5.5.1 Error: need MAIL command");
            return;
        }

        if (_command.Count < 2 || !_command[1].Is("to:"))
        {
            await ReplyAsync("501 5.5.4 Syntax: RCPT TO:<address>");
            return;
        }

        _hasNamedRecipient = true;
        var form = _settings.AddressForm;
        Log.Info($"NOQUEUE: reject: RCPT from {client.Name}: {ScreeningReplies.Soften(client.RecipientReply, _settings)}; "
            + $"from=<{form.Of(_sender)}>, to=<{form.Of(Address())}>, proto={_protocol}, helo=<{_helo}>");
        await ReplyAsync(client.RecipientReply);
    }

    private ValueTask DataAsync() => EndContentAsync(_command.Count > 1 ? "501 5.5.4 Syntax: DATA"
        : _sender == null ? "503 5.5.1 Error: need RCPT command"
        : "554 5.5.1 Error: no valid recipients");

    private ValueTask BdatAsync() => EndContentAsync(_command.Count is < 2 or > 3 ? "501 5.5.4 Syntax: BDAT count [LAST]"
        : _sender == null ? "554 5.5.1 Error: need MAIL command"
        : "554 5.5.1 Error: no valid recipients");

    // Content would follow, as a client sees it that did not look at the replies.
    private ValueTask EndContentAsync(string reply)
    {
        Log.Info($"{_where} without valid RCPT from {client.Name}");
        return HangUpAsync(reply);
    }

    private ValueTask RsetAsync()
    {
        _sender = null;
        return ReplyAsync("250 2.0.0 Ok");
    }

    private ValueTask VrfyAsync() => ReplyAsync(_settings.DisableVrfy ? "502 5.5.1 VRFY command is disabled"
        : _command.Count < 2 ? "501 5.5.4 Syntax: VRFY address"
        : client.RecipientReply);

    // For the log only: no syntax is too bad.
    private string Address()
    {
        if (_command.Count < 3)
        {
            return "";
        }

        var word = _command[2];
        return PathReader.TryRead(word, strict: false, out var address) ? address : word.Text.Trim('<', '>');
    }

    private sealed record Command(string Name, Func<ProtocolSession, ValueTask> Run)
    {
        /// <summary>Allowed before STARTTLS where TLS is required.</summary>
        public bool BeforeTls { get; init; }
    }
}
