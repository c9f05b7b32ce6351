using Estafeta.Net.Milter;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.Cleaning;

/// <summary>
/// Cleanup's way to a milter whose connection is in smtpd: octets travel as frames of the cleanup connection while smtpd waits for the
/// result of a commit. Passing the descriptor instead would leave the connection registered in two event loops.
/// </summary>
internal sealed class MilterRelay(IpcConnection connection, int number) : MilterTransport
{
    private const int ReadOctets = 32 * 1024;
    private ReadOnlyMemory<byte> _rest;
    private bool _closed;

    public override ValueTask SendAsync(ReadOnlyMemory<byte> octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_closed)
        {
            throw new IOException(ClosedText);
        }

        // Leaves with the request to read, or with the result.
        connection.Out.BeginFrame(CleanupWire.MilterWrite);
        connection.Out.Write(number);
        connection.Out.Write(timeout.Ticks);
        connection.Out.WriteRaw(octets.Span);
        connection.Out.EndFrame();
        return connection.Out.Length >= ReadOctets ? connection.FlushAsync(cancellationToken) : ValueTask.CompletedTask;
    }

    public override async ValueTask<int> ReceiveAsync(Memory<byte> buffer, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_rest.IsEmpty)
        {
            connection.Out.BeginFrame(CleanupWire.MilterRead);
            connection.Out.Write(number);
            connection.Out.Write(timeout.Ticks);
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
        if (frame.Type is not (CleanupWire.MilterWrite or CleanupWire.MilterRead or CleanupWire.MilterClose))
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
}
