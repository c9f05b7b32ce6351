using Estafeta.Mail.Envelopes;

namespace Estafeta.Tests.Mail.Envelopes;

public class QueueIdTests
{
    private static readonly DateTimeOffset Time = new DateTimeOffset(2026, 11, 25, 12, 0, 0, TimeSpan.Zero).AddTicks(1_234_560);

    [Theory]
    [InlineData(false, "^1E240ABCDE$")]
    [InlineData(true, "^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-ty]+$")]
    public void Create_WritesPostfixShape(bool longForm, string shape)
    {
        var text = QueueId.Create(Time, 0xABCDE, longForm).ToString();
        Assert.Matches(shape, text);
        Assert.True(QueueId.TryParse(text, out var parsed));
        Assert.Equal(text, parsed.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("1E24")]
    [InlineData("1e240abcde")]
    [InlineData("FFFFF1")]
    [InlineData("../../etc/passwd")]
    [InlineData("4fTPnr0rVJzAEIOU")]
    [InlineData("1E240ABCDEFFFFFFF")]
    [InlineData("1E2400001")]
    public void TryParse_NotAnId_IsRefused(string text) => Assert.False(QueueId.TryParse(text, out _));
}
