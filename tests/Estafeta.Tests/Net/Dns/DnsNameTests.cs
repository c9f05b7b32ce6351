using System.Net;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

public sealed class DnsNameTests
{
    [Theory]
    [InlineData("example.com", true)]
    [InlineData("a_b.example.com", true)]
    [InlineData("x", true)]
    [InlineData("1.example", true)]
    [InlineData("", false)]
    [InlineData(".", false)]
    [InlineData("example.com.", false)]
    [InlineData("a..b", false)]
    [InlineData("-a.b", false)]
    [InlineData("a-.b", false)]
    [InlineData("1.2.3.4", false)]
    [InlineData("12", false)]
    [InlineData("a b", false)]
    [InlineData("a/b", false)]
    [InlineData("*.a", false)]
    [InlineData("exämple.com", false)]
    public void IsHostName_ByPostfixRules(string name, bool expected) => Assert.Equal(expected, DnsName.IsHostName(name));

    [Fact]
    public void IsHostName_LongLabels_AreRefused()
    {
        Assert.True(DnsName.IsHostName(new string('a', 63) + ".b"));
        Assert.False(DnsName.IsHostName(new string('a', 64) + ".b"));
        Assert.False(DnsName.IsHostName(string.Join('.', Enumerable.Repeat("aaaaaaaaa", 26))));
    }

    [Theory]
    [InlineData("192.0.2.1", "1.2.0.192.in-addr.arpa")]
    [InlineData("2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa")]
    public void ForPointer_IsReversed(string address, string expected) => Assert.Equal(expected, DnsName.ForPointer(IPAddress.Parse(address)));

    [Fact]
    public void ForAddress_WithDnsbl_IsTheQueryName() =>
        Assert.Equal("1.2.0.192.zen.example", DnsName.ForAddress(IPAddress.Parse("192.0.2.1"), "zen.example"));
}
