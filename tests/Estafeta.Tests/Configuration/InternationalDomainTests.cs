using Estafeta.Configuration.Domains;

namespace Estafeta.Tests.Configuration;

/// <summary>Names from UTS 46 and RFC 5891: where the old rules and the present ones agree, and where they do not.</summary>
public class InternationalDomainTests
{
    [Theory]
    [InlineData("example.com", "example.com")]
    [InlineData("Example.COM", "Example.COM")]
    [InlineData("_dmarc.example.com", "_dmarc.example.com")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("BÜCHER.example", "xn--bcher-kva.example")]
    [InlineData("例え.テスト", "xn--r8jz45g.xn--zckzah")]
    public void ToAscii_IsThePunycodeForm(string domain, string expected) => Assert.Equal(expected, InternationalDomain.ToAscii(domain));

    [Theory]
    [InlineData("xn--bcher-kva.example", "bücher.example")]
    [InlineData("example.com", "example.com")]
    public void ToUnicode_IsTheReadableForm(string domain, string expected) => Assert.Equal(expected, InternationalDomain.ToUnicode(domain));

    [Theory]
    [InlineData("faß.de", "xn--fa-hia.de", "fass.de")]
    [InlineData("βόλος.com", "xn--nxasmm1c.com", "xn--nxasmq6b.com")]
    public void ToAscii_OfDeviations_FollowsIdna2008_UnlessAskedForThePast(string domain, string present, string past)
    {
        Assert.SkipUnless(InternationalDomain.HasCurrentRules, "ICU is not installed");

        Assert.Equal(present, InternationalDomain.ToAscii(domain));
        Assert.Equal(past, InternationalDomain.ToAscii(domain, isTransitional: true));
    }

    [Theory]
    [InlineData("bücher..example")]
    [InlineData("-ü-.example")]
    [InlineData("\u0300a.example")]
    public void ToAscii_WhatIsNoDomain_IsRefused(string domain)
    {
        Assert.SkipUnless(InternationalDomain.HasCurrentRules, "ICU is not installed");

        Assert.Null(InternationalDomain.ToAscii(domain));
    }
}
