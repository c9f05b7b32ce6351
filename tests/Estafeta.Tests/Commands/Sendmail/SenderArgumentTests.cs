using Estafeta.Commands.Sendmail;
using Estafeta.Mail.Addresses;

namespace Estafeta.Tests.Commands.Sendmail;

/// <summary>The argument of <c>sendmail -f</c>, and the sender that an installed Postfix logs for it.</summary>
public sealed class SenderArgumentTests
{
    [Theory]
    [InlineData("s q@x", "s")]
    [InlineData("\"s q\"@x", "\"s q\"@x")]
    [InlineData("s\\ q@x", "\"s q\"@x")]
    [InlineData("<s@x>", "s@x")]
    [InlineData("Joe <s@x>", "s@x")]
    [InlineData("s@x (Joe)", "s@x")]
    [InlineData("(c)s@x", "s@x")]
    [InlineData("  s@x  ", "s@x")]
    [InlineData("s . t@x", "s.t@x")]
    [InlineData("s@x, t@y", "s@x")]
    [InlineData("s;t@x", "s")]
    [InlineData("grp: a@b, c@d;", "a@b")]
    [InlineData("@a,@b:s@x", "\"\"@a")]
    [InlineData("", "")]
    [InlineData("<>", "")]
    [InlineData("s@", "s@")]
    [InlineData("@x", "\"\"@x")]
    [InlineData("s@x@y", "\"s@x\"@y")]
    [InlineData("s@@x", "\"s@\"@x")]
    [InlineData("\"s\"@x", "s@x")]
    [InlineData("\"unclosed@x", "unclosed@x")]
    [InlineData("a..b@x", "\"a..b\"@x")]
    [InlineData("a!b", "a!b")]
    [InlineData("s@[1.2.3.4]", "s@[1.2.3.4]")]
    [InlineData("#@[]", "#@[]")]
    [InlineData("-f", "-f")]
    public void Argument_IsReadAsInAHeader(string argument, string logged) => Assert.Equal(logged, LocalPart.Quote(SenderArgument.Parse(argument, 10240).Sender));

    [Fact]
    public void SeveralAddresses_AreSaid()
    {
        Assert.Equal("-f option specified malformed sender: s q@x", SenderArgument.Parse("s q@x", 10240).Warning);
        Assert.Null(SenderArgument.Parse("Joe <s@x>", 10240).Warning);
        Assert.Null(SenderArgument.Parse("", 10240).Warning);
    }
}
