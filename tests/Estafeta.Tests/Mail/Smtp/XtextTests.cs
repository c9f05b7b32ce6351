using CsCheck;
using Estafeta.Mail.Smtp;

namespace Estafeta.Tests.Mail.Smtp;

public class XtextTests
{
    [Fact]
    public void Encoded_DecodesToItself() => Gen.String.Where(s => !s.Any(char.IsSurrogate)).Sample(text =>
    {
        Assert.True(Xtext.TryDecode(Xtext.Encode(text), out var decoded));
        Assert.Equal(text, decoded);
    });

    [Theory]
    [InlineData("a+2Bb", "a+b")]
    [InlineData("+C3+A9", "é")]
    [InlineData("plain", "plain")]
    [InlineData("+0A", "\n")]
    public void Text_Decodes(string text, string expected)
    {
        Assert.True(Xtext.TryDecode(text, out var decoded));
        Assert.Equal(expected, decoded);
    }

    [Theory]
    [InlineData("+")]
    [InlineData("a+4")]
    [InlineData("a+zz")]
    [InlineData("+E9")]
    public void BadText_DoesNot(string text) => Assert.False(Xtext.TryDecode(text, out _));
}
