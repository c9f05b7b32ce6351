using Estafeta.Net.Sasl;

namespace Estafeta.Tests.Net.Sasl;

/// <summary>The examples of RFC 4013 §3, and what its sections on mapping, normalization and bidirectional text say.</summary>
public class SaslPrepTests
{
    [Theory]
    [InlineData("user", "user")]
    [InlineData("USER", "USER")]
    [InlineData(" !~", " !~")]
    [InlineData("", "")]
    public void Password_OfPrintableAscii_StaysAsItIs(string text, string expected) => Assert.Equal(expected, SaslPrep.Password(text));

    [Theory]
    [InlineData("I\u00adX", "IX")]
    [InlineData("\u00aa", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00a0b\u3000c", "a b c")]
    [InlineData("pa\u0308ssword", "p\u00e4ssword")]
    [InlineData("\u0627\u0628", "\u0627\u0628")]
    [InlineData("\ufdfa", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064a\u0647 \u0648\u0633\u0644\u0645")]
    public void Password_IsMappedAndNormalized(string text, string expected)
    {
        Assert.SkipUnless(SaslPrep.IsAvailable, "ICU is not installed");

        Assert.Equal(expected, SaslPrep.Password(text));
        Assert.Equal(expected, SaslPrep.Name(text));
    }

    [Theory]
    [InlineData("\u0007")]
    [InlineData("\u06271")]
    [InlineData("a\u0085")]
    [InlineData("\ue000")]
    [InlineData("\ud800")]
    [InlineData("\ufffd")]
    [InlineData("\u200e")]
    [InlineData("\u00ad")]
    public void WhatIsProhibited_StaysAsItIs(string text)
    {
        Assert.Null(SaslPrep.TryPrepare(text, allowsUnassigned: true));
        Assert.Equal(text, SaslPrep.Password(text));
        Assert.Equal(text, SaslPrep.Name(text));
    }

    [Fact]
    public void CodePointsNewerThanUnicode32_AreForNamesOnly()
    {
        Assert.SkipUnless(SaslPrep.IsAvailable, "ICU is not installed");

        Assert.Null(SaslPrep.TryPrepare("\u0221", allowsUnassigned: false));
        Assert.Equal("\u0221", SaslPrep.TryPrepare("\u0221", allowsUnassigned: true));
    }

    [Fact]
    public void LongText_IsPreparedUpToALimit()
    {
        Assert.SkipUnless(SaslPrep.IsAvailable, "ICU is not installed");

        Assert.Equal(new string('a', 4096), SaslPrep.Password(new string('\u00aa', 4096)));
        Assert.Null(SaslPrep.TryPrepare(new string('\u00aa', 4097), allowsUnassigned: false));
    }
}
