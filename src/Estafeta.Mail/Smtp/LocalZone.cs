namespace Estafeta.Mail.Smtp;

/// <summary>The abbreviation of a time zone (CET, CEST, UTC), which .NET does not know: from the zone's own file.</summary>
public static class LocalZone
{
    public static string NameAt(TimeZoneInfo zone, DateTimeOffset time) =>
        time.Offset == TimeSpan.Zero && !zone.SupportsDaylightSavingTime ? "UTC"
        : zone.IsDaylightSavingTime(time) ? zone.DaylightName : zone.StandardName;
}
