using Estafeta.Net.Milter;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// Cleanup's way to a milter whose connection is in smtpd: octets travel as frames of the cleanup connection while smtpd waits for the
/// result of a commit. A whole message's turns with a milter are one such frame and its answer. Passing the descriptor instead would
/// leave the connection registered in two event loops.
/// </summary>
internal sealed class MilterRelay(IpcConnection connection, int number) : MilterTransport
{
    private const int ReadOctets = 32 * 1024;
    private ReadOnlyMemory<byte> _rest;
    private bool _closed;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        // Leaves with the request to read, or with the result.
        Begin(CleanupWire.MilterWrite, timeout);
        connection.Out.WriteRaw(octets.Span);
        connection.Out.EndFrame();
        return connection.Out.Length >= ReadOctets ? connection.FlushAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_rest.IsEmpty)
        {
            Begin(CleanupWire.MilterRead, timeout);
            connection.Out.EndFrame();
            await connection.FlushAsync(cancellationToken);
            var frame = await connection.ExpectAsync(CleanupWire.MilterData, cancellationToken);
            TakeAnswer(frame.Payload);
        }

        var length = Math.Min(buffer.Length, _rest.Length);
        _rest[..length].CopyTo(buffer);
        _rest = _rest[length..];
        return length;
    }

    public override async ValueTask<MilterTurnsResult> TakeTurnsAsync(MilterTurns turns, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_closed)
        {
            return new MilterTurnsResult(0, new IOException(ClosedText));
        }

        if (!_rest.IsEmpty)
        {
            return await SendTurnAsync(turns, timeout, cancellationToken);
        }

        Begin(CleanupWire.MilterTurns, timeout);
        connection.Out.Write(turns.Turns.Count);
        foreach (var turn in turns.Turns)
        {
            connection.Out.Write(turn.Length);
        }

        foreach (var turn in turns.Turns)
        {
            connection.Out.WriteRaw(turns.Octets.Span.Slice(turn.Start, turn.Length));
        }

        connection.Out.EndFrame();
        await connection.FlushAsync(cancellationToken);
        var frame = await connection.ExpectAsync(CleanupWire.MilterTurnsTaken, cancellationToken);
        return ReadTaken(frame.Payload);
    }

    private void Begin(byte frame, TimeSpan timeout)
    {
        if (_closed)
        {
            throw new IOException(ClosedText);
        }

        connection.Out.BeginFrame(frame);
        connection.Out.Write(number);
        connection.Out.Write(timeout.Ticks);
    }

    private MilterTurnsResult ReadTaken(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var continued = reader.ReadInt32();
        var trouble = reader.ReadOptionalString();
        _closed |= trouble != null;
        _rest = reader.Rest.ToArray();
        return new MilterTurnsResult(continued, trouble == null ? null : new IOException(trouble));
    }

    private void TakeAnswer(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        if (!reader.ReadBoolean())
        {
            _closed = true;
            throw new IOException(reader.ReadString());
        }

        _rest = reader.Rest.ToArray();
    }

    public override void Dispose()
    {
        if (!_closed)
        {
            _closed = true;
            connection.Out.BeginFrame(CleanupWire.MilterClose);
            connection.Out.Write(number);
            connection.Out.EndFrame();
        }
    }

    /// <summary>smtpd's part: does what the frame asks for. False for a frame that is nothing of the relay's.</summary>
    public static async ValueTask<bool> ServeAsync(
        IpcConnection connection, IpcFrame frame, IReadOnlyList<MilterHandoff> milters, CancellationToken cancellationToken)
    {
        if (frame.Type is not (CleanupWire.MilterWrite or CleanupWire.MilterRead or CleanupWire.MilterClose or CleanupWire.MilterTurns))
        {
            return false;
        }

        var (milter, timeout, octets) = Parse(frame, milters);
        switch (frame.Type)
        {
            case CleanupWire.MilterWrite:
                await WriteAsync(milter, octets, timeout, cancellationToken);
                break;
            case CleanupWire.MilterRead:
                await ReadAsync(connection, milter, timeout, cancellationToken);
                break;
            case CleanupWire.MilterTurns:
                await TakeTurnsAsync(connection, milter, octets, timeout, cancellationToken);
                break;
            default:
                milter.Dispose();
                break;
        }

        return true;
    }

    private static (MilterTransport Milter, TimeSpan Timeout, ReadOnlyMemory<byte> Octets) Parse(IpcFrame frame, IReadOnlyList<MilterHandoff> milters)
    {
        var reader = new WireReader(frame.Payload);
        var number = reader.ReadInt32();
        var timeout = frame.Type == CleanupWire.MilterClose ? TimeSpan.Zero : TimeSpan.FromTicks(reader.ReadInt64());
        return number >= 0 && number < milters.Count && milters[number].Connection is { } milter
            ? (milter, timeout, reader.Rest)
            : throw new IpcProtocolException($"no milter {number}");
    }

    private static async ValueTask WriteAsync(MilterTransport milter, ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await milter.SendAsync(octets, timeout, cancellationToken);
        }
        catch (IOException)
        {
            // Cleanup learns of it when it wants the answer.
            milter.Dispose();
        }
    }

    private static async ValueTask ReadAsync(IpcConnection connection, MilterTransport milter, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var buffer = new byte[ReadOctets];
        var length = 0;
        string? trouble = null;
        try
        {
            length = await milter.ReceiveAsync(buffer, timeout, cancellationToken);
        }
        catch (IOException e)
        {
            trouble = e.Message;
            milter.Dispose();
        }

        connection.Out.BeginFrame(CleanupWire.MilterData);
        connection.Out.Write(trouble == null);
        if (trouble == null)
        {
            connection.Out.WriteRaw(buffer.AsSpan(0, length));
        }
        else
        {
            connection.Out.Write(trouble);
        }

        connection.Out.EndFrame();
        await connection.FlushAsync(cancellationToken);
    }

    private static async ValueTask TakeTurnsAsync(
        IpcConnection connection, MilterTransport milter, ReadOnlyMemory<byte> payload, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var result = await milter.TakeTurnsAsync(ReadTurns(payload), timeout, cancellationToken);
        if (result.Trouble != null)
        {
            milter.Dispose();
        }

        connection.Out.BeginFrame(CleanupWire.MilterTurnsTaken);
        connection.Out.Write(result.Continued);
        connection.Out.WriteOptional(result.Trouble?.Message);
        if (milter is MilterSocketTransport socket)
        {
            connection.Out.WriteRaw(socket.TakeReceived(int.MaxValue).Span);
        }

        connection.Out.EndFrame();
        await connection.FlushAsync(cancellationToken);
    }

    private static MilterTurns ReadTurns(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var turns = new MilterTurn[reader.ReadInt32()];
        var start = 0;
        for (var i = 0; i < turns.Length; i++)
        {
            turns[i] = new MilterTurn(start, reader.ReadInt32());
            start += turns[i].Length;
        }

        return new MilterTurns(reader.Rest, turns);
    }
}
