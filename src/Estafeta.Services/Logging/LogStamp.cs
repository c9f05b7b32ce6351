using System.Globalization;
using System.Text;

namespace Estafeta.Services.Logging;

/// <summary><c>Mmm dd HH:MM:SS </c> in local time, worked out once a second. Not thread-safe: its sink holds a lock anyway.</summary>
internal sealed class LogStamp(TimeProvider time)
{
    private readonly byte[] _text = new byte[16];
    private long _second = long.MinValue;

    /// <summary>The stamp of this moment, with the space after it; valid until the next call.</summary>
    public ReadOnlySpan<byte> Now(out DateTimeOffset now)
    {
        now = time.GetUtcNow();
        var second = now.ToUnixTimeSeconds();
        if (second != _second)
        {
            _second = second;
            var local = TimeZoneInfo.ConvertTime(now, time.LocalTimeZone);
            var text = string.Create(CultureInfo.InvariantCulture, $"{local:MMM} {local.Day,2} {local:HH:mm:ss} ");
            Encoding.ASCII.GetBytes(text, _text);
        }

        return _text;
    }
}
