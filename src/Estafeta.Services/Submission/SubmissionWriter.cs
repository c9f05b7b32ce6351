using System.Buffers;
using System.Globalization;
using System.Text;

namespace Estafeta.Services.Submission;

/// <summary>Puts <see cref="SubmissionRecord"/>s into a buffer; the owner sends what is in it where it likes.</summary>
public sealed class SubmissionWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    public ReadOnlyMemory<byte> Written => _buffer.WrittenMemory;

    public void Clear() => _buffer.ResetWrittenCount();

    public void Write(byte type, string text) => Write(type, Encoding.UTF8.GetBytes(text));

    public void WriteAttribute(string name, string value) => Write(SubmissionRecord.Attribute, $"{name}={value}");

    /// <summary>Content of any length, as often as needed.</summary>
    public void WriteContent(ReadOnlySpan<byte> octets)
    {
        while (octets.Length > 0)
        {
            var part = octets[..Math.Min(octets.Length, SubmissionRecord.MaximumContentOctets)];
            Write(SubmissionRecord.Content, part);
            octets = octets[part.Length..];
        }
    }

    public void Write(byte type, ReadOnlySpan<byte> octets)
    {
        var span = _buffer.GetSpan(octets.Length + 16);
        span[0] = type;
        octets.Length.TryFormat(span[1..], out var digits, default, CultureInfo.InvariantCulture);
        span[1 + digits] = (byte)':';
        octets.CopyTo(span[(digits + 2)..]);
        span[digits + 2 + octets.Length] = (byte)'\n';
        _buffer.Advance(digits + 3 + octets.Length);
    }
}
