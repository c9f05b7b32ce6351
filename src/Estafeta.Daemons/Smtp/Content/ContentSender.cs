using System.Buffers;
using Estafeta.Mail.Mime;
using Estafeta.Services.Delivery;
using Estafeta.Unix.Memory;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Sends head and body of one message through the encoder: a small one stays in the connection's buffer to leave in one write with the final
/// dot, a large one in big writes. A body file is opened once and read in large pieces.
/// </summary>
/// <param name="downgrade">Turns 8-bit content into 7 bits on the way; null sends it as it is.</param>
/// <param name="checks">Content checks that change the body on the way; null without.</param>
/// <param name="timeout">For each write, or for all of them.</param>
/// <param name="minimumDataRate">The limit is for all writes, and every so many octets buy another second, up to it. Null: for each.</param>
internal sealed class ContentSender(
    SmtpConnection connection, ContentEncoder encoder, MimeDowngrade? downgrade, CheckedContent? checks, TimeSpan timeout, int? minimumDataRate, TimeProvider time)
{
    private const int BigWriteOctets = 64 * 1024;

    private readonly ArrayBufferWriter<byte>? _downgraded = downgrade == null ? null : new ArrayBufferWriter<byte>(BigWriteOctets);
    private int _writeOctets;
    private readonly TimeSpan _timeout = timeout;
    private TimeSpan _timeLeft = timeout;

    /// <summary>Leaves the end of the content and the final dot queued in the connection.</summary>
    /// <param name="request">Where the body is.</param>
    /// <param name="head">The header section as it is to be sent.</param>
    public async ValueTask<ReplyFailure> SendAsync(DeliveryRequest request, ReadOnlyMemory<byte> head, CancellationToken cancellationToken)
    {
        var estimate = head.Length + request.BodyOctets;
        _writeOctets = (int)Math.Min(estimate + estimate / 16 + 64, BigWriteOctets);
        var failure = await ConvertAsync(head, cancellationToken);
        if (failure == ReplyFailure.None)
        {
            failure = request.BodyPath == null
                ? await CheckAsync(request.Body, cancellationToken)
                : await ConvertFileAsync(request.BodyPath, cancellationToken);
        }

        if (failure == ReplyFailure.None && checks != null)
        {
            failure = await ConvertAsync(await checks.FilterAsync(default, isLast: true, cancellationToken), cancellationToken);
        }

        if (failure == ReplyFailure.None && downgrade != null)
        {
            downgrade.Finish(_downgraded!); // they come together
            failure = await WriteDowngradedAsync(cancellationToken);
        }

        if (failure == ReplyFailure.None)
        {
            connection.Trace.Sent(".");
            connection.Advance(encoder.Finish(connection.GetSpan(ContentEncoder.Headroom)));
        }

        return failure;
    }

    private async ValueTask<ReplyFailure> CheckAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken) =>
        await ConvertAsync(checks == null ? octets : await checks.FilterAsync(octets, isLast: false, cancellationToken), cancellationToken);

    private ValueTask<ReplyFailure> ConvertAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (downgrade == null)
        {
            return WriteAsync(octets, cancellationToken);
        }

        downgrade.Write(octets.Span, _downgraded!); // they come together
        return WriteDowngradedAsync(cancellationToken);
    }

    private async ValueTask<ReplyFailure> WriteDowngradedAsync(CancellationToken cancellationToken)
    {
        var failure = await WriteAsync(_downgraded!.WrittenMemory, cancellationToken); // only called with a downgrade
        _downgraded.ResetWrittenCount();
        return failure;
    }

    private async ValueTask<ReplyFailure> WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (octets.Length > 0)
        {
            var written = encoder.Encode(octets.Span, connection.GetSpan(ContentEncoder.Headroom), out var consumed);
            connection.Advance(written);
            octets = octets[consumed..];
            if (octets.Length == 0)
            {
                break;
            }

            if (connection.Pending + ContentEncoder.Headroom < _writeOctets)
            {
                _ = connection.GetSpan(_writeOctets - connection.Pending);
                continue;
            }

            var failure = await FlushAsync(cancellationToken);
            if (failure != ReplyFailure.None)
            {
                return failure;
            }
        }

        return ReplyFailure.None;
    }

    private async ValueTask<ReplyFailure> FlushAsync(CancellationToken cancellationToken)
    {
        var octets = connection.Pending;
        var begin = time.GetTimestamp();
        var failure = await connection.FlushAsync(_timeLeft, cancellationToken);
        if (minimumDataRate is { } rate)
        {
            var left = _timeLeft - time.GetElapsedTime(begin) + TimeSpan.FromSeconds((double)octets / rate);
            _timeLeft = left > _timeout ? _timeout : left < TimeSpan.Zero ? TimeSpan.Zero : left;
        }

        return failure;
    }

    private async ValueTask<ReplyFailure> ConvertFileAsync(string path, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var buffer = Buffers.Rent(BigWriteOctets);
        try
        {
            var offset = 0L;
            while (true)
            {
                // Synchronous: the page cache or a disk read ahead; a thread hop would cost more.
                var read = RandomAccess.Read(file, buffer, offset);
                if (read == 0)
                {
                    return ReplyFailure.None;
                }

                offset += read;
                var failure = await CheckAsync(buffer.AsMemory(0, read), cancellationToken);
                if (failure != ReplyFailure.None)
                {
                    return failure;
                }
            }
        }
        finally
        {
            Buffers.Return(buffer);
        }
    }
}
