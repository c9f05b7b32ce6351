using System.Buffers;
using Estafeta.Net.Milter;
using Estafeta.Queue.Storage;

namespace Estafeta.Daemons.Cleanup;

/// <summary>Shows the finished content to each milter in turn; each sees what those before it made of the message.</summary>
internal sealed class MilterContentRunner(MilteredMessage message, ContentWriter content)
{
    private const int PieceOctets = 32 * 1024;

    /// <summary>Called after each milter's edits, before they become the message's.</summary>
    public required Func<CancellationToken, ValueTask> OnEdited { get; init; }

    /// <returns>The first verdict that is not to continue; a quarantine only when no milter says more.</returns>
    public async ValueTask<MilterVerdict> RunAsync(
        IReadOnlyList<(MilterSession Session, MilterMacroSource Macros)> milters, CancellationToken cancellationToken)
    {
        var held = MilterVerdict.Continue;
        foreach (var (session, macros) in milters)
        {
            var verdict = await ShowAsync(session, macros, cancellationToken);
            await OnEdited(cancellationToken);
            await message.ApplyAsync(cancellationToken);
            if (verdict.Decision == MilterDecision.Quarantine)
            {
                held = verdict;
            }
            else if (!verdict.IsContinue)
            {
                return verdict;
            }
        }

        return held;
    }

    private async ValueTask<MilterVerdict> ShowAsync(MilterSession session, MilterMacroSource macros, CancellationToken cancellationToken)
    {
        foreach (var (name, value) in message.Headers())
        {
            var verdict = await session.HeaderAsync(name, value, cancellationToken);
            if (!verdict.IsContinue)
            {
                return verdict;
            }
        }

        var end = await session.EndOfHeadersAsync(macros, cancellationToken);
        if (end.IsContinue)
        {
            end = await ShowBodyAsync(session, cancellationToken);
        }

        return end.IsContinue ? await session.EndOfBodyAsync(message, macros, cancellationToken) : end;
    }

    private async ValueTask<MilterVerdict> ShowBodyAsync(MilterSession session, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceOctets);
        var lines = new ArrayBufferWriter<byte>(PieceOctets * 2);
        try
        {
            await using var body = content.OpenBody();
            int read;
            while (session.WantsBody && (read = await body.ReadAsync(piece.AsMemory(0, PieceOctets), cancellationToken)) > 0)
            {
                lines.ResetWrittenCount();
                AddCr(piece.AsSpan(0, read), lines);
                var verdict = await session.BodyAsync(lines.WrittenMemory, cancellationToken);
                if (!verdict.IsContinue)
                {
                    return verdict;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        return MilterVerdict.Continue;
    }

    private static void AddCr(ReadOnlySpan<byte> octets, ArrayBufferWriter<byte> lines)
    {
        while (octets.Length > 0)
        {
            var end = octets.IndexOf((byte)'\n');
            lines.Write(end < 0 ? octets : octets[..end]);
            if (end < 0)
            {
                return;
            }

            lines.Write("\r\n"u8);
            octets = octets[(end + 1)..];
        }
    }
}
