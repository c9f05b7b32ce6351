using Estafeta.Configuration;
using Estafeta.Queue.Scheduling;

namespace Estafeta.Tests.Queue.Scheduling;

public sealed class ConcurrencyFeedbackTests
{
    [Theory]
    [InlineData("1", 16, 1)]
    [InlineData("0", 16, 0)]
    [InlineData("0.5", 16, 0.5)]
    [InlineData("1/4", 16, 0.25)]
    [InlineData("1 / concurrency", 16, 0.0625)]
    [InlineData("0.5/concurrency", 4, 0.125)]
    [InlineData("1/sqrt_concurrency", 16, 0.25)]
    public void Parse_DocumentedForm_GivesFeedback(string text, int concurrency, double expected) =>
        Assert.Equal(expected, ConcurrencyFeedback.Parse("p", text).At(concurrency), 6);

    [Theory]
    [InlineData("2")]
    [InlineData("-1")]
    [InlineData("1/0")]
    [InlineData("1/x")]
    [InlineData("x")]
    [InlineData("")]
    public void Parse_Nonsense_IsRefused(string text) =>
        Assert.Throws<ConfigurationException>(() => ConcurrencyFeedback.Parse("p", text));
}
