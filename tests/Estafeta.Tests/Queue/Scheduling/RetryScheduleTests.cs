using Estafeta.Configuration;
using Estafeta.Queue.Scheduling;

namespace Estafeta.Tests.Queue.Scheduling;

public sealed class RetryScheduleTests
{
    private static readonly DateTimeOffset Arrival = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly RetrySchedule Schedule = new();

    [Theory]
    [InlineData(0, 300)]
    [InlineData(299, 300)]
    [InlineData(600, 600)]
    [InlineData(1200, 1200)]
    [InlineData(4000, 4000)]
    [InlineData(400_000, 4000)]
    [InlineData(-50, 300)]
    public void NextAttempt_WaitsTheAgeWithinTheLimits(int ageSeconds, int expectedWait)
    {
        var now = Arrival.AddSeconds(ageSeconds);
        Assert.Equal(now.AddSeconds(expectedWait), Schedule.NextAttempt(Arrival, now));
    }

    [Theory]
    [InlineData("a@example.com", 5 * 86400 - 1, false)]
    [InlineData("a@example.com", 5 * 86400, true)]
    [InlineData("", 86400 - 1, false)]
    [InlineData("", 86400, true)]
    public void IsExpired_NullSenderHasItsOwnLifetime(string sender, int ageSeconds, bool expected) =>
        Assert.Equal(expected, (Schedule with { BounceLifetime = TimeSpan.FromDays(1) }).IsExpired(Arrival, sender, Arrival.AddSeconds(ageSeconds)));

    [Fact]
    public void IsExpired_LifetimeZero_OneAttemptOnly() =>
        Assert.True((Schedule with { MaximalLifetime = TimeSpan.Zero }).IsExpired(Arrival, "a@example.com", Arrival));

    [Fact]
    public void Read_ValuesThatDoNotGoTogether_AreAdjustedWithAWarning()
    {
        var warnings = new List<string>();
        var schedule = RetrySchedule.Read(
            ParameterSet.Parse("minimal_backoff_time = 100s\nmaximal_backoff_time = 10s\nmaximal_queue_lifetime = 1d\n"), warnings.Add);
        Assert.Equal((TimeSpan.FromSeconds(100), TimeSpan.FromDays(1)), (schedule.MaximalBackoff, schedule.BounceLifetime));
        Assert.Equal(
            [
                "maximal_backoff_time is smaller than minimal_backoff_time - adjusting maximal_backoff_time",
                "bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting bounce_queue_lifetime",
            ],
            warnings);
    }
}
