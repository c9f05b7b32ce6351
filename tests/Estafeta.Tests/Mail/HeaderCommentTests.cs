using Estafeta.Mail.Headers;

namespace Estafeta.Tests.Mail;

public class HeaderCommentTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("joe@example.com", "joe@example.com")]
    [InlineData("a (b) c", "a (b) c")]
    [InlineData("a) b", "a? b")]
    [InlineData("(a (b) c", "?a (b) c")]
    [InlineData("((", "??")]
    [InlineData(")(", "??")]
    [InlineData("a\\) b\r\nX: y\u00e9", "a?? b??X: y?")]
    public void Clean_KeepsTheCommentWhole(string text, string expected) => Assert.Equal(expected, HeaderComment.Clean(text));
}
