using Estafeta.Configuration;
using Estafeta.Services.Verification;

namespace Estafeta.Tests.Daemons.Verify;

public class ProbeSenderAddressTests
{
    // As Postfix 3.7 has it at this moment.
    private static readonly DateTimeOffset Now = new(2026, 11, 25, 16, 39, 28, TimeSpan.Zero);

    [Fact]
    public void WithLifetime_ChangesAsPostfixs()
    {
        var sender = Create("address_verify_sender_ttl = 300s");
        Assert.Equal("double-bounce6GX9X@mail.example.com", sender.At(Now));
        Assert.NotEqual(sender.At(Now), sender.At(Now.AddSeconds(300)));
    }

    [Theory]
    [InlineData("double-bounce6GX9X@mail.example.com", true)]
    [InlineData("Double-Bounce6gx9x@mail.example.com", true)]
    [InlineData("double-bounce6GX9W@mail.example.com", true)]
    [InlineData("double-bounce6GX9Y@mail.example.com", true)]
    [InlineData("double-bounce@mail.example.com", true)]
    [InlineData("double-bounce6GX9V@mail.example.com", false)]
    [InlineData("double-bounce6GX9X@other.example.com", false)]
    [InlineData("double-bounce", false)]
    [InlineData("", false)]
    public void OnlyRecentSenders_AreValid(string address, bool isValid) =>
        Assert.Equal(isValid, Create("address_verify_sender_ttl = 300s").IsValid(address, Now));

    [Theory]
    [InlineData("", "double-bounce@mail.example.com")]
    [InlineData("address_verify_sender = <>", "")]
    [InlineData("address_verify_sender =", "")]
    [InlineData("address_verify_sender = probe@example.org", "probe@example.org")]
    [InlineData("address_verify_sender = <>\naddress_verify_sender_ttl = 1h", "")]
    public void WithoutLifetime_StaysTheSame(string settings, string expected)
    {
        var sender = Create(settings);
        Assert.Equal(expected, sender.At(Now));
        Assert.Equal(expected, sender.At(Now.AddDays(100)));
        Assert.False(sender.IsValid("", Now));
    }

    private static ProbeSenderAddress Create(string settings) =>
        ProbeSenderAddress.Create(ParameterSet.Parse(settings + "\n"), a => a.Contains('@', StringComparison.Ordinal) ? a : a + "@mail.example.com");
}
