using System.Globalization;
using Estafeta.Mail.Smtp;
using Estafeta.Services.Logging;
using Estafeta.Services.SmtpServer;
using Estafeta.Unix.Memory;

namespace Estafeta.Daemons.Smtpd.Verbs;

/// <summary>
/// BDAT (RFC 3030). A chunk's octets follow its command without waiting, so a refused chunk is read and thrown away; a command whose
/// count cannot be read leaves nothing to resynchronise on and ends the session.
/// </summary>
internal static class BdatVerb
{
    public static async ValueTask<bool> BdatAsync(SmtpdSession session, CommandLine command)
    {
        if (session.DiscardedKeywords.HasFlag(EhloKeywords.Chunking))
        {
            // In Postfix's words, where CHUNKING is off (Postfix 3.7.11 was asked): not 502, for the chunk that follows is no command.
            return await session.RefuseAsync("521 5.5.1 Error: command not implemented");
        }

        if (!TryRead(command, out var octets, out var isLast))
        {
            session.Log.Warning($"{session.QueueIdOrNone}: malformed BDAT command syntax from {session.Peer.NameAddress}: {command.Text}");
            return await session.RefuseAsync("521 5.5.4 Syntax: BDAT count [LAST]");
        }

        return await FindRefusalAsync(session, octets, isLast) is { } refusal
            ? await SkipAsync(session, octets, isLast, refusal)
            : await TakeAsync(session, octets, isLast);
    }

    private static async ValueTask<string?> FindRefusalAsync(SmtpdSession session, long octets, bool isLast)
    {
        if (session.Bdat == BdatState.Failed)
        {
            return string.Create(CultureInfo.InvariantCulture, $"551 5.0.0 Discarded {octets} bytes after earlier error");
        }

        if (DataVerb.RecipientsMissing(session) is { } missing)
        {
            return missing;
        }

        if (octets == 0 && !isLast)
        {
            session.Log.Warning($"{session.QueueIdOrNone}: null BDAT request from {session.Peer.NameAddress}");
            return "551 5.7.1 Null BDAT request";
        }

        var transaction = session.Transaction!; // RecipientsMissing saw one
        if (session.Bdat == BdatState.None && await AskForContentAsync(session, transaction) is { } refusal)
        {
            return refusal;
        }

        var limit = session.Settings.MessageSizeLimit;
        if (limit > 0 && octets > limit - (transaction.Content?.Size ?? 0))
        {
            session.Log.Warning($"{session.QueueIdOrNone}: BDAT request from {session.Peer.NameAddress} exceeds message size limit");
            return "552 5.3.4 Chunk exceeds message size limit";
        }

        return null;
    }

    // As DATA, before the first chunk.
    private static async ValueTask<string?> AskForContentAsync(SmtpdSession session, MailTransaction transaction) =>
        await session.CheckDataAsync(transaction)
            ?? await DataVerb.AskMiltersAsync(session, transaction)
            ?? (transaction.Proxy == null ? null : await transaction.Proxy.DataAsync());

    private static async ValueTask<bool> TakeAsync(SmtpdSession session, long octets, bool isLast)
    {
        var transaction = session.Transaction!; // FindRefusal saw one
        var content = transaction.Content ?? await DataVerb.OpenContentAsync(session, transaction, hasDots: false);
        session.Bdat = BdatState.Active;
        if (!await content.ReadChunkAsync(session.Wire, octets, session.CancellationToken))
        {
            return false;
        }

        if (!isLast)
        {
            await session.ReplyAsync(string.Create(CultureInfo.InvariantCulture, $"250 2.0.0 Ok: {octets} bytes"));
            return true;
        }

        session.Bdat = BdatState.None;
        await content.EndChunksAsync(session.CancellationToken);
        return await EndOfMessage.FinishAsync(session, transaction, content, chunked: true);
    }

    private static async ValueTask<bool> SkipAsync(SmtpdSession session, long octets, bool isLast, string reply)
    {
        await session.EndTransactionAsync();
        session.Bdat = isLast ? BdatState.None : BdatState.Failed;
        var buffer = Buffers.Rent(16 * 1024);
        try
        {
            while (octets > 0)
            {
                var count = await session.Wire.ReadAsync(buffer.AsMemory(0, (int)Math.Min(octets, buffer.Length)));
                if (count == 0)
                {
                    return false;
                }

                octets -= count;
            }
        }
        finally
        {
            Buffers.Return(buffer);
        }

        await session.ReplyAsync(reply);
        return false;
    }

    private static bool TryRead(CommandLine command, out long octets, out bool isLast)
    {
        octets = 0;
        isLast = command.Count == 3 && command[2].Is("LAST");
        return (command.Count == 2 || isLast) && long.TryParse(command[1].Text, NumberStyles.None, CultureInfo.InvariantCulture, out octets);
    }
}
