using System.Text;
using Estafeta.Daemons.Smtpd.Verbs;
using Estafeta.Mail.Smtp;

namespace Estafeta.Daemons.Smtpd.Proxy;

/// <summary>
/// One mail transaction with the before-queue filter: opened with the first recipient that is accepted here, closed with the message's end.
/// Each step answers null, or the reply for the client: the filter's own where it gave one, else 451.
/// </summary>
internal sealed class ProxyTransaction(SmtpdSession session, ProxyFilter filter, string mailCommand) : IAsyncDisposable
{
    private const int MaxCommandOctets = 512;

    private readonly WireContent _wire = new();
    private readonly SpeedAdjustedMessage? _message = filter.AdjustsSpeed ? new SpeedAdjustedMessage(filter.Directory) { Commands = { mailCommand } } : null;
    private ProxyConnection? _connection;
    private bool _isInData;

    public bool IsOpen { get; private set; }

    /// <summary>MAIL, once; with speed_adjust the filter hears of it later.</summary>
    public async ValueTask<string?> OpenAsync()
    {
        IsOpen = true;
        if (_message != null)
        {
            return null;
        }

        var refusal = await ConnectAsync() ?? Refusal(await _connection!.ExpectAsync(mailCommand, '2'), '2'); // connected when not refused
        if (refusal != null)
        {
            IsOpen = false;
            await DisconnectAsync();
        }

        return refusal;
    }

    public async ValueTask<string?> RecipientAsync(string command)
    {
        if (_message != null)
        {
            _message.Commands.Add(command);
            return null;
        }

        return Refusal(await _connection!.ExpectAsync(command, '2'), '2'); // OpenAsync came first
    }

    public async ValueTask<string?> DataAsync()
    {
        var refusal = _message == null ? Refusal(await _connection!.ExpectAsync("DATA", '3'), '3') : null; // OpenAsync came first
        _isInData = refusal == null;
        return refusal;
    }

    /// <summary>Content with LF line ends, dots unstuffed.</summary>
    public async ValueTask WriteContentAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        var encoded = _wire.Encode(octets.Span);
        if (_message != null)
        {
            await _message.WriteAsync(encoded, cancellationToken);
            return;
        }

        await _connection!.WriteAsync(encoded);
    }

    /// <summary>The end of the message: what the filter says to it is the client's reply.</summary>
    public async ValueTask<string> EndAsync()
    {
        var end = _wire.End();
        if (_message != null)
        {
            await _message.WriteAsync(end, session.CancellationToken);
            if (await ReplayAsync(_message) is { } refusal)
            {
                return refusal;
            }
        }
        else
        {
            await _connection!.WriteAsync(end);
        }

        var reply = await _connection!.ReadFinalReplyAsync();
        _isInData = false;
        return reply ?? CleanupOpening.WriteError;
    }

    public async ValueTask DisposeAsync()
    {
        await DisconnectAsync();
        if (_message != null)
        {
            await _message.DisposeAsync();
        }
    }

    /// <summary>The MAIL or RCPT command as the client gave it.</summary>
    public static string Command(CommandLine command, string verb)
    {
        var text = new StringBuilder(verb).Append(command[2].Text);
        for (var i = 3; i < command.Count; i++)
        {
            text.Append(' ').Append(command[i].Text);
        }

        return text.ToString();
    }

    private static string? Refusal(string? reply, char expected) =>
        reply is not [var first, ..] ? CleanupOpening.WriteError : first == expected ? null : first is '4' or '5' ? reply : CleanupOpening.WriteError;

    private async ValueTask<string?> ReplayAsync(SpeedAdjustedMessage message)
    {
        if (await ConnectAsync() is { } unavailable)
        {
            return unavailable;
        }

        foreach (var command in message.Commands)
        {
            if (Refusal(await _connection!.ExpectAsync(command, '2'), '2') is { } refusal)
            {
                return refusal;
            }
        }

        if (Refusal(await _connection!.ExpectAsync("DATA", '3'), '3') is { } refused)
        {
            return refused;
        }

        _isInData = true;
        await message.SendAsync(_connection, session.CancellationToken);
        return null;
    }

    private async ValueTask<string?> ConnectAsync()
    {
        _connection = await ProxyConnection.OpenAsync(filter, session.Service.Time, session.CancellationToken);
        if (_connection == null || await _connection.ExpectAsync(null, '2') is not ['2', ..]
            || await _connection.ExpectAsync("EHLO " + filter.EhloName, '2') is not ['2', ..] ehlo)
        {
            return CleanupOpening.WriteError;
        }

        foreach (var line in ProxyForwarding.Commands(session, ehlo, MaxCommandOctets))
        {
            if (await _connection.ExpectAsync(line, '2') is not ['2', ..])
            {
                return CleanupOpening.WriteError;
            }
        }

        return null;
    }

    private async ValueTask DisconnectAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            if (!_isInData)
            {
                await connection.QuitAsync();
            }

            connection.Dispose();
        }
    }
}
