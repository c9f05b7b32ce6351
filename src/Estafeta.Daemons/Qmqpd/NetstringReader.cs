using Estafeta.Unix.Memory;

namespace Estafeta.Daemons.Qmqpd;

/// <summary>
/// Reads a netstring that consists of netstrings (<c>length:octets,</c>) as it arrives; nothing is allocated for octets that were only announced.
/// The first trouble is the last: it stays in <see cref="Trouble"/>, and every read from then on has no result.
/// </summary>
/// <param name="timeout">For each wait for the client.</param>
internal sealed class NetstringReader(Stream stream, TimeSpan timeout, TimeProvider time, CancellationToken closing) : IDisposable
{
    private const int BufferOctets = 16 * 1024;
    private const int FirstOctets = 64 * 1024;

    private readonly byte[] _buffer = Buffers.Rent(BufferOctets);
    private int _start;
    private int _end;

    // Of the outer netstring, its comma not counted.
    private long _left = long.MaxValue;

    public NetstringTrouble Trouble { get; private set; }

    /// <summary>The outer netstring has been read to its comma.</summary>
    public bool IsAtEnd => _left == 0;

    /// <summary>Reads the length of the outer netstring, within which everything else has to be.</summary>
    public async ValueTask<bool> BeginAsync()
    {
        if (await ReadLengthAsync() is not { } length)
        {
            return false;
        }

        _left = length;
        return true;
    }

    /// <summary>Reads the comma behind the outer netstring.</summary>
    public ValueTask<bool> EndAsync()
    {
        _left = 1;
        return ReadCommaAsync();
    }

    /// <summary>Reads a netstring within the outer one. Null: see <see cref="Trouble"/>.</summary>
    public async ValueTask<byte[]?> ReadAsync(long limit)
    {
        if (await ReadLengthAsync() is not { } length)
        {
            return null;
        }

        if (length > limit || length > Array.MaxLength)
        {
            return Fail(NetstringTrouble.TooLong);
        }

        if (length >= _left)
        {
            return Fail(NetstringTrouble.Format); // its comma would be outside
        }

        var octets = await ReadOctetsAsync((int)length);
        return octets != null && await ReadCommaAsync() ? octets : null;
    }

    public void Dispose() => Buffers.Return(_buffer);

    private async ValueTask<byte[]?> ReadOctetsAsync(int length)
    {
        var octets = new byte[Math.Min(length, FirstOctets)];
        var got = 0;
        while (got < length)
        {
            if (!await FillAsync())
            {
                return null;
            }

            if (got == octets.Length)
            {
                Array.Resize(ref octets, (int)Math.Min(length, 2L * got));
            }

            var part = Math.Min(_end - _start, octets.Length - got);
            _buffer.AsSpan(_start, part).CopyTo(octets.AsSpan(got));
            _start += part;
            _left -= part;
            got += part;
        }

        return octets;
    }

    private async ValueTask<bool> ReadCommaAsync()
    {
        var octet = await ReadOctetAsync();
        if (octet is not ((byte)',' or null))
        {
            Fail(NetstringTrouble.Format);
        }

        return octet == ',';
    }

    private async ValueTask<long?> ReadLengthAsync()
    {
        var length = 0L;
        while (await ReadOctetAsync() is { } octet)
        {
            if (octet == ':')
            {
                return length;
            }

            if (!char.IsAsciiDigit((char)octet))
            {
                Fail(NetstringTrouble.Format);
                return null;
            }

            length = (length * 10) + (octet - '0');
            if (length > int.MaxValue)
            {
                Fail(NetstringTrouble.TooLong);
                return null;
            }
        }

        return null;
    }

    private async ValueTask<byte?> ReadOctetAsync()
    {
        if (_left == 0)
        {
            Fail(NetstringTrouble.Format);
            return null;
        }

        if (!await FillAsync())
        {
            return null;
        }

        _left--;
        return _buffer[_start++];
    }

    // At least one octet is in the buffer when the result is true.
    private async ValueTask<bool> FillAsync()
    {
        if (_start < _end)
        {
            return true;
        }

        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closing);
        try
        {
            _start = 0;
            _end = await stream.ReadAsync(_buffer, either.Token);
            if (_end == 0)
            {
                Fail(NetstringTrouble.LostConnection);
            }
        }
        catch (IOException)
        {
            _end = 0;
            Fail(NetstringTrouble.LostConnection);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            _end = 0;
            Fail(NetstringTrouble.Timeout);
        }

        return _end > 0;
    }

    private byte[]? Fail(NetstringTrouble trouble)
    {
        Trouble = trouble;
        return null;
    }
}

internal enum NetstringTrouble
{
    None,
    Format,
    TooLong,
    LostConnection,
    Timeout,
}
