using System.Buffers;
using Estafeta.Services.Delivery;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// Sends head and body of a message through the encoder: small ones stay in the connection's buffer to leave in one write with the final
/// dot, large ones in big writes. A body file is opened once and read in large pieces.
/// </summary>
internal sealed class ContentSender(SmtpClientSettings settings)
{
    private const int BigWriteOctets = 64 * 1024;

    /// <summary>Leaves the end of the content and the final dot queued in the connection.</summary>
    /// <param name="head">The header section as it is to be sent.</param>
    public async ValueTask<ReplyFailure> SendAsync(
        SmtpConnection connection, DeliveryRequest request, ReadOnlyMemory<byte> head, ContentEncoder encoder, CancellationToken cancellationToken)
    {
        var estimate = head.Length + request.BodyOctets;
        var room = (int)Math.Min(estimate + estimate / 16 + 64, BigWriteOctets);
        var failure = await WriteAsync(connection, head, encoder, room, cancellationToken);
        if (failure == ReplyFailure.None)
        {
            failure = request.BodyPath == null
                ? await WriteAsync(connection, request.Body, encoder, room, cancellationToken)
                : await WriteFileAsync(connection, request.BodyPath, encoder, cancellationToken);
        }

        if (failure == ReplyFailure.None)
        {
            connection.Advance(encoder.Finish(connection.GetSpan(ContentEncoder.Headroom)));
        }

        return failure;
    }

    private async ValueTask<ReplyFailure> WriteAsync(
        SmtpConnection connection, ReadOnlyMemory<byte> octets, ContentEncoder encoder, int room, CancellationToken cancellationToken)
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

            if (connection.Pending + ContentEncoder.Headroom < room)
            {
                _ = connection.GetSpan(room - connection.Pending);
                continue;
            }

            var failure = await connection.FlushAsync(settings.Timeouts.DataXfer, cancellationToken);
            if (failure != ReplyFailure.None)
            {
                return failure;
            }
        }

        return ReplyFailure.None;
    }

    private async ValueTask<ReplyFailure> WriteFileAsync(SmtpConnection connection, string path, ContentEncoder encoder, CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
        var buffer = ArrayPool<byte>.Shared.Rent(BigWriteOctets);
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
                var failure = await WriteAsync(connection, buffer.AsMemory(0, read), encoder, BigWriteOctets, cancellationToken);
                if (failure != ReplyFailure.None)
                {
                    return failure;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
