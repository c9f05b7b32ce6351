using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>The thread's queue of OpenSSL errors, as lines for the log: <c>error:0A0000C1:SSL routines::no shared cipher:…</c>.</summary>
internal static class ErrorQueue
{
    /// <summary>Everything in the queue, oldest first; empties it. Must run on the thread of the call that failed, before any await.</summary>
    public static IReadOnlyList<string> Drain()
    {
        List<string>? lines = null;
        Span<byte> buffer = stackalloc byte[256];
        while (LibCrypto.GetError(out var file, out var line, out _, out var data, out var flags) is not 0 and var error)
        {
            LibCrypto.DescribeError(error, buffer, (nuint)buffer.Length);
            var text = new StringBuilder(Encoding.ASCII.GetString(buffer[..buffer.IndexOf((byte)0)]));
            text.Append(CultureInfo.InvariantCulture, $":{Marshal.PtrToStringUTF8(file)}:{line}:");
            const int IsText = 0x02;
            if ((flags & IsText) != 0 && Marshal.PtrToStringUTF8(data) is { Length: > 0 } detail)
            {
                text.Append(detail).Append(':');
            }

            (lines ??= []).Add(text.ToString());
        }

        return lines ?? (IReadOnlyList<string>)[];
    }
}
