using System.Buffers;
using System.Security.Cryptography;

namespace Estafeta.Authentication.Dkim;

/// <summary>
/// The SHA-256 of a body that streams by once, in pieces of any size, LF line ends: canonicalised simple or relaxed (RFC 6376 §3.4.3, §3.4.4), and up
/// to a number of octets (l=). Keeps nothing of the body but a count of line ends.
/// </summary>
public sealed class BodyHash(bool isRelaxed, long? limit = null) : IDisposable
{
    private const int ScratchOctets = 4096;

    private static readonly SearchValues<byte> Breaks = SearchValues.Create(" \t\n"u8);

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _scratch = ArrayPool<byte>.Shared.Rent(ScratchOctets);
    private int _length;

    // Line ends and a blank that count only when something follows them.
    private long _owedLines;
    private bool _owesBlank;
    private bool _isDisposed;

    public bool IsRelaxed => isRelaxed;

    public long? Limit => limit;

    /// <summary>Octets of the canonical body so far; all of them, also beyond the limit.</summary>
    public long Octets { get; private set; }

    public void Write(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            var stop = isRelaxed ? body.IndexOfAny(Breaks) : body.IndexOf((byte)'\n');
            var run = stop < 0 ? body : body[..stop];
            if (!run.IsEmpty)
            {
                EmitOwed();
                Emit(run);
            }

            if (stop < 0)
            {
                return;
            }

            if (body[stop] == (byte)'\n')
            {
                _owedLines++;
                _owesBlank = false;
            }
            else
            {
                _owesBlank = true;
            }

            body = body[(stop + 1)..];
        }
    }

    /// <summary>The hash of all that was written. Once.</summary>
    public byte[] Finish()
    {
        // Empty lines at the end count as none; the last line has its end. An empty body is one line, unless relaxed.
        if (Octets > 0 || !isRelaxed)
        {
            Emit("\r\n"u8);
        }

        Flush();
        return _hash.GetHashAndReset();
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            _hash.Dispose();
            ArrayPool<byte>.Shared.Return(_scratch);
        }
    }

    private void EmitOwed()
    {
        for (; _owedLines > 0; _owedLines--)
        {
            Emit("\r\n"u8);
        }

        if (_owesBlank)
        {
            Emit(" "u8);
            _owesBlank = false;
        }
    }

    private void Emit(ReadOnlySpan<byte> octets)
    {
        var room = limit == null ? octets.Length : (int)Math.Clamp(limit.Value - Octets, 0, octets.Length);
        Octets += octets.Length;
        octets = octets[..room];
        if (octets.Length > ScratchOctets - _length)
        {
            Flush();
        }

        if (octets.Length > ScratchOctets)
        {
            _hash.AppendData(octets);
            return;
        }

        octets.CopyTo(_scratch.AsSpan(_length));
        _length += octets.Length;
    }

    private void Flush()
    {
        _hash.AppendData(_scratch, 0, _length);
        _length = 0;
    }
}
