using Estafeta.Mail.Smtp;

namespace Estafeta.Tests.Mail.Smtp;

/// <summary>Dates in headers: days of two digits, as with Postfix since 3.9.</summary>
public sealed class MailDateTests
{
    [Theory]
    [InlineData("2026-11-05T03:04:05+00:00", "UTC", "Thu, 05 Nov 2026 03:04:05 +0000 (UTC)")]
    [InlineData("2026-11-25T13:40:03+01:00", "CET", "Wed, 25 Nov 2026 13:40:03 +0100 (CET)")]
    [InlineData("2026-02-01T23:59:59-03:30", "NST", "Sun, 01 Feb 2026 23:59:59 -0330 (NST)")]
    public void Date_HasADayOfTwoDigits(string time, string zone, string text) =>
        Assert.Equal(text, MailDate.Format(DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), zone));
}
