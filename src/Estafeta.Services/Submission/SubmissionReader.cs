using System.Globalization;

namespace Estafeta.Services.Submission;

/// <summary>Reads <see cref="SubmissionRecord"/>s from a stream. Trusts nothing: lengths are bounded, structure is checked.</summary>
public sealed class SubmissionReader(Stream stream)
{
    private readonly byte[] _buffer = new byte[SubmissionRecord.MaximumContentOctets + 64];
    private int _start;
    private int _end;

    /// <summary>
    /// The next record; type 0 at the end of the stream between records. The octets are valid until the next call.
    /// </summary>
    /// <exception cref="InvalidDataException">The stream holds something else, or ends inside a record.</exception>
    public async ValueTask<(byte Type, ReadOnlyMemory<byte> Octets)> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryParseHead(out var type, out var headLength, out var length))
            {
                await FillAsync(headLength + length + 1, cancellationToken);
                var octets = _buffer.AsMemory(_start + headLength, length);
                if (_buffer[_start + headLength + length] != (byte)'\n')
                {
                    throw new InvalidDataException($"record type {type} length {length} does not end there");
                }

                _start += headLength + length + 1;
                return (type, octets);
            }

            if (!await MoreAsync(cancellationToken))
            {
                return _start == _end ? ((byte)0, default) : throw new InvalidDataException("unexpected end in a record");
            }
        }
    }

    private bool TryParseHead(out byte type, out int headLength, out int length)
    {
        type = 0;
        headLength = 0;
        length = 0;
        var available = _buffer.AsSpan(_start, _end - _start);
        if (available.IsEmpty)
        {
            return false;
        }

        type = available[0];
        if (type is not (>= (byte)'A' and <= (byte)'Z'))
        {
            throw new InvalidDataException($"unexpected record type {type.ToString(CultureInfo.InvariantCulture)}");
        }

        var limit = type == SubmissionRecord.Content ? SubmissionRecord.MaximumContentOctets : SubmissionRecord.MaximumTextOctets;
        for (var i = 1; i < available.Length; i++)
        {
            if (available[i] == (byte)':' && i > 1)
            {
                headLength = i + 1;
                return true;
            }

            length = length * 10 + available[i] - '0';
            if (!char.IsAsciiDigit((char)available[i]) || length > limit)
            {
                throw new InvalidDataException($"bad length of a record of type {type.ToString(CultureInfo.InvariantCulture)}");
            }
        }

        return false;
    }

    private async ValueTask FillAsync(int count, CancellationToken cancellationToken)
    {
        while (_end - _start < count)
        {
            if (!await MoreAsync(cancellationToken))
            {
                throw new InvalidDataException("unexpected end in a record");
            }
        }
    }

    private async ValueTask<bool> MoreAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }

        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        return read > 0;
    }
}
