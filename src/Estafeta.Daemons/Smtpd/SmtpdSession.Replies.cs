using Estafeta.Daemons.Smtpd.Notices;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtpd;

/// <summary>Replies, and the errors they stand for: smtpd_error_sleep_time, soft_bounce, smtpd_reject_footer, notify_classes.</summary>
internal sealed partial class SmtpdSession
{
    /// <summary>What was said, for the notice to the postmaster.</summary>
    public SessionHistory History { get; } = new();

    /// <summary>debug_peer_list: what is said is logged.</summary>
    public bool IsVerbose { get; set; }

    public int ErrorCount { get; private set; }

    public int JunkCount { get; private set; }

    /// <summary>Answers. The reply is sent when the session next waits for the client.</summary>
    public async ValueTask ReplyAsync(string reply)
    {
        if (ErrorCount >= Settings.SoftErrorLimit)
        {
            await service.DelayAsync(Settings.ErrorSleepTime, CancellationToken);
        }

        var isRefusal = reply[0] is '4' or '5';
        if (isRefusal && !service.Replies.IsEmpty)
        {
            reply = await service.Replies.FinishAsync(reply, Subject, CancellationToken);
        }

        if (!isRefusal || !reply.Contains('\n', StringComparison.Ordinal))
        {
            Say(isRefusal ? Soften(reply) : reply);
        }
        else
        {
            SayLines(reply.Split('\n'));
        }

        // RFC 5321 §4.2.1 and §7.8: these two say that the channel is closing.
        HangsUp |= reply.StartsWith("421", StringComparison.Ordinal) || reply.StartsWith("521", StringComparison.Ordinal);
    }

    /// <summary>Answers with a refusal; the command counts as an error.</summary>
    public async ValueTask<bool> RefuseAsync(string reply, SessionErrors error = SessionErrors.Protocol)
    {
        History.Note(error);
        await ReplyAsync(reply);
        return false;
    }

    /// <summary>Answers with what access control said, a limit or a filter.</summary>
    public ValueTask<bool> RejectAsync(string reply) => RefuseAsync(reply, ErrorsOf(reply));

    /// <summary>What of notify_classes such a reply is.</summary>
    public SessionErrors ErrorsOf(string reply) => Access.Refusal.Reply == reply ? Access.Refusal.Errors : SessionErrorClasses.Of(reply);

    public void WriteContinuation(string line) => Say(line);

    /// <summary>A message was accepted: the errors before it are forgiven.</summary>
    public void ForgiveErrors()
    {
        ErrorCount = 0;
        JunkCount = 0;
        History.Forgive();
    }

    /// <summary>At EHLO, RSET and the end of a message: a long history is told, and forgotten.</summary>
    public ValueTask FlushHistoryAsync() => History.Count > service.Notices.Settings.HistoryLimit
        ? service.Notices.FlushAsync(History, Peer.NameAddress, null)
        : ValueTask.CompletedTask;

    private async ValueTask FailAsync(string reply, SessionErrors error = SessionErrors.Protocol)
    {
        await RefuseAsync(reply, error);
        ErrorCount++;
    }

    private void CountJunk()
    {
        if (JunkCount++ > Settings.JunkCommandLimit)
        {
            ErrorCount++;
        }
    }

    private void Say(string line)
    {
        History.AddReply(line);
        if (IsVerbose)
        {
            Log.Info($"> {Peer.NameAddress}: {line}");
        }

        wire.WriteLine(line);
    }

    private void SayLines(string[] lines)
    {
        for (var i = 0; i < lines.Length; i++)
        {
            var line = Soften(lines[i]);
            Say(i + 1 < lines.Length && line.Length > 3 ? $"{line.AsSpan(0, 3)}-{line.AsSpan(4)}" : line);
        }
    }

    private ValueTask SayLastAsync(string line)
    {
        History.AddReply(line);
        return wire.SayLastAsync(line);
    }

    // soft_bounce: 550 5.1.1 is 450 4.1.1.
    private string Soften(string reply) => !Settings.SoftBounce || reply.Length == 0 || reply[0] != '5' ? reply
        : reply.Length > 4 && reply[4] == '5' ? $"4{reply.AsSpan(1, 3)}4{reply.AsSpan(5)}"
        : $"4{reply.AsSpan(1)}";
}
