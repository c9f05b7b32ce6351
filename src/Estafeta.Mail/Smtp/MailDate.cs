using System.Globalization;

namespace Estafeta.Mail.Smtp;

/// <summary>The date of Received: <c>Wed, 25 Nov 2026 13:40:03 +0100 (CET)</c> (RFC 5322 §3.3, two-digit day, zone name as comment).</summary>
public static class MailDate
{
    // Thousands of messages have the same second.
    private static Written? s_last;

    /// <summary>The moment in this time zone.</summary>
    public static string Format(DateTimeOffset time, TimeZoneInfo zone)
    {
        var second = time.ToUnixTimeSeconds();
        if (Volatile.Read(ref s_last) is { } last && last.Second == second && last.Zone == zone)
        {
            return last.Text;
        }

        var local = TimeZoneInfo.ConvertTime(time, zone);
        var text = Format(local, LocalZone.NameAt(zone, local));
        Volatile.Write(ref s_last, new Written(second, zone, text));
        return text;
    }

    public static string Format(DateTimeOffset time, string zoneName)
    {
        var offset = time.Offset;
        var sign = offset < TimeSpan.Zero ? '-' : '+';
        var minutes = (int)Math.Abs(offset.TotalMinutes);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{time:ddd, dd MMM yyyy HH:mm:ss} {sign}{minutes / 60:00}{minutes % 60:00} ({zoneName})");
    }

    private sealed record Written(long Second, TimeZoneInfo Zone, string Text);
}
