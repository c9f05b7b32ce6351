using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Estafeta.Tables.Text;

namespace Estafeta.Net.Milter;

/// <summary>
/// Packets to and from one milter: four octets of length (big endian), one of command, the rest. Anything else than a well-formed
/// packet in time is an <see cref="IOException"/>, which the caller turns into the default action.
/// </summary>
internal sealed class MilterWire(MilterTransport transport) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _out = new();
    private byte[] _in = new byte[512];
    private int _start;
    private int _end;
    private int _packetStart;
    private int _turnStart;

    /// <summary>Octets written and not sent yet, or not forgotten.</summary>
    public int Pending => _out.WrittenCount;

    public MilterTransport Transport => transport;

    public void Begin(MilterCommand command)
    {
        _packetStart = _out.WrittenCount;
        Octets([0, 0, 0, 0, (byte)command]);
    }

    public void Text(string text)
    {
        // Headers may hold octets that are no UTF-8; filters sign them as they are.
        _out.Advance(RawText.Encode(text, _out.GetSpan(RawText.MaximumLength(text) + 1)));
        Octets([0]);
    }

    public void Number(uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(_out.GetSpan(4), number);
        _out.Advance(4);
    }

    public void Octets(ReadOnlySpan<byte> octets) => _out.Write(octets);

    /// <summary>Lines that end in LF here and in CRLF there.</summary>
    public void Lines(ReadOnlySpan<byte> octets)
    {
        while (octets.Length > 0)
        {
            var end = octets.IndexOf((byte)'\n');
            Octets(end < 0 ? octets : octets[..end]);
            if (end < 0)
            {
                return;
            }

            Octets("\r\n"u8);
            octets = octets[(end + 1)..];
        }
    }

    /// <summary>Completes the packet; it leaves with the next <see cref="SendAsync"/>, together with those before it.</summary>
    public void End()
    {
        // The buffer may have moved since the packet began, so the length goes in through the written part.
        var written = MemoryMarshal.AsMemory(_out.WrittenMemory);
        BinaryPrimitives.WriteInt32BigEndian(written.Span[_packetStart..], _out.WrittenCount - _packetStart - 4);
    }

    /// <summary>What was written since the turn before, or since something was sent, is a turn.</summary>
    public MilterTurn EndTurn()
    {
        var turn = new MilterTurn(_turnStart, _out.WrittenCount - _turnStart);
        _turnStart = _out.WrittenCount;
        return turn;
    }

    public ValueTask<MilterTurnsResult> TakeTurnsAsync(IReadOnlyList<MilterTurn> turns, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var all = new MilterTurns(_out.WrittenMemory, turns);
        return _end > _start ? transport.SendTurnAsync(all, timeout, cancellationToken) : transport.TakeTurnsAsync(all, timeout, cancellationToken);
    }

    /// <summary>Sends what follows the last turn; the turns have been taken.</summary>
    public async ValueTask SendRestAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_out.WrittenCount > _turnStart)
        {
            await transport.SendAsync(_out.WrittenMemory[_turnStart..], timeout, cancellationToken);
        }

        ForgetTurns();
    }

    /// <summary>The turns have been taken, or are not to be.</summary>
    public void ForgetTurns()
    {
        _out.ResetWrittenCount();
        _turnStart = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await transport.SendAsync(_out.WrittenMemory, timeout, cancellationToken);
        ForgetTurns();
    }

    /// <summary>One packet; its payload is valid until the next receive.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<(MilterReply Reply, ReadOnlyMemory<byte> Payload)> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await FillAsync(4, timeout, cancellationToken);
        var length = BinaryPrimitives.ReadInt32BigEndian(_in.AsSpan(_start));
        if (length is < 1 or > MilterProtocol.MaxPacket)
        {
            throw new MilterProtocolException(length == 0
                ? "bad packet length: 0"
                : $"unreasonable packet length: {(uint)length} > {MilterProtocol.MaxPacket}");
        }

        await FillAsync(4 + length, timeout, cancellationToken);
        var packet = _in.AsMemory(_start + 4, length);
        _start += 4 + length;
        return ((MilterReply)packet.Span[0], packet[1..]);
    }

    public void Dispose() => transport.Dispose();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync(int octets, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_end - _start < octets && _start > 0)
        {
            _in.AsSpan(_start, _end - _start).CopyTo(_in);
            (_start, _end) = (0, _end - _start);
        }

        if (_in.Length < octets)
        {
            Array.Resize(ref _in, octets);
        }

        while (_end - _start < octets)
        {
            _end += await transport.ReceiveAsync(_in.AsMemory(_end), timeout, cancellationToken);
        }
    }
}
