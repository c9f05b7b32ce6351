using System.Text;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Services.Logging;

public sealed class LogTextTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("a\r\nb\0c\x7f\x1b[31m", "a??b?c??[31m")]
    [InlineData("süß €", "süß €")]
    [InlineData("exe\u202Egpj.\u2066x\u200F", "exe???gpj.???x???")]
    public void Encode_ReplacesWhatIsNotPrintable(string text, string expected) => Assert.Equal(expected, Encode(text, allowUtf8: true));

    [Fact]
    public void Encode_ReplacesWhatIsNoCharacter() => Assert.Equal("???x", Encode("\u0085\ud800x", allowUtf8: true));

    [Fact]
    public void Encode_WithoutUtf8_KeepsAsciiOnly() => Assert.Equal("s???? ???", Encode("süß €", allowUtf8: false));

    [Fact]
    public void Encode_CutsBetweenCharacters()
    {
        for (var size = 0; size < 8; size++)
        {
            var octets = new byte[size];
            var length = LogText.Encode("aü€z", octets, allowUtf8: true);
            var text = Encoding.UTF8.GetString(octets.AsSpan(0, length));
            Assert.StartsWith(text, "aü€z");
        }
    }

    private static string Encode(string text, bool allowUtf8)
    {
        var octets = new byte[1000];
        return Encoding.UTF8.GetString(octets.AsSpan(0, LogText.Encode(text, octets, allowUtf8)));
    }
}
