using System.Buffers;
using System.Globalization;
using System.Text;

namespace Estafeta.Services.Attributes;

/// <summary>
/// Writes Postfix's internal attribute protocol: <c>name NUL value NUL …</c>, and a NUL that ends the list. What programs that read
/// <c>public/showq</c> or ask <c>public/flush</c> understand.
/// </summary>
public sealed class AttributeWriter
{
    private readonly ArrayBufferWriter<byte> _octets = new(1024);

    public ReadOnlyMemory<byte> Written => _octets.WrittenMemory;

    public void Clear() => _octets.ResetWrittenCount();

    public void Write(string name, string value)
    {
        Append(name);
        Append(value);
    }

    public void Write(string name, long value) => Write(name, value.ToString(CultureInfo.InvariantCulture));

    public void End()
    {
        _octets.GetSpan(1)[0] = 0;
        _octets.Advance(1);
    }

    // A NUL within would change what follows; nothing else is special.
    private void Append(string text)
    {
        Encoding.UTF8.GetBytes(text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '?') : text, _octets);
        End();
    }
}
