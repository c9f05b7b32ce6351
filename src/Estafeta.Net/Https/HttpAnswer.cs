using System.Globalization;

namespace Estafeta.Net.Https;

/// <summary>An HTTP answer: status, type of the content without parameters and in lower case, the content.</summary>
public sealed record HttpAnswer(int Status, string ContentType, byte[] Content)
{
    /// <summary>Retry-After as it was sent (RFC 9110 §10.2.3); empty for none.</summary>
    public string RetryAfter { get; init; } = "";

    /// <summary>How long the server wants to be left alone; null when it does not say, or not in HTTP's terms.</summary>
    /// <param name="now">For the form that names a moment. A moment that is past is no time at all.</param>
    public TimeSpan? Pause(DateTimeOffset now)
    {
        if (RetryAfter.Length is > 0 and <= 9 && int.TryParse(RetryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            return TimeSpan.FromSeconds(seconds);
        }

        return DateTimeOffset.TryParseExact(RetryAfter, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment)
            ? (moment > now ? moment - now : TimeSpan.Zero)
            : null;
    }
}
