using System.Text;
using Estafeta.Mail.Smtp;

namespace Estafeta.Tests.Mail.Smtp;

public class CommandLineTests
{
    [Theory]
    [InlineData("MAIL FROM:<a@b> SIZE=3", "MAIL|FROM:|<a@b>|SIZE=3")]
    [InlineData("MAIL FROM: <a@b>", "MAIL|FROM:|<a@b>")]
    [InlineData("mail from:a@b", "mail|from:|a@b")]
    [InlineData("MAIL\tFROM:\t<a b>\tX", "MAIL|FROM:|<a b>|X")]
    [InlineData("MAIL FROM <a@b>", "MAIL|FROM|<a@b>")]
    [InlineData("MAIL FROM :<a@b>", "MAIL|FROM|:<a@b>")]
    [InlineData("RCPT TO:<\"a> b\"@c> ORCPT=rfc822;a:b", "RCPT|TO:|<\"a> b\"@c>|ORCPT=rfc822;a:b")]
    [InlineData("MAIL FROM:\"a b\"@c", "MAIL|FROM:|\"a b\"@c")]
    [InlineData("RCPT TO:a@[x y]", "RCPT|TO:|a@[x y]")]
    [InlineData("  NOOP  ", "NOOP")]
    [InlineData("", "")]
    [InlineData(" \t ", "")]
    [InlineData("NOOP\0x", "NOOP")]
    [InlineData("X a\\ b", "X|a\\ b")]
    public void Line_IsCutIntoWords(string line, string words) => Assert.Equal(words, Words(line));

    [Theory]
    [InlineData("MAIL FROM:<a@b")]
    [InlineData("MAIL FROM:<\"a@b>")]
    [InlineData("MAIL FROM:<a\0b@c>")]
    [InlineData("MAIL FROM:\"a b@c>")]
    [InlineData("MAIL FROM:a@[1.2.3.4")]
    public void UnclosedBracket_IsNoticed(string line)
    {
        var command = new CommandLine();
        Assert.True(command.TryParse(Encoding.UTF8.GetBytes(line)));
        Assert.False(command[2].IsBalanced);
    }

    [Fact]
    public void InvalidUtf8_IsRefused()
    {
        var command = new CommandLine();
        Assert.False(command.TryParse([0x4d, 0xe9, 0x41]));
        Assert.Equal(0, command.Count);
    }

    private static string Words(string line)
    {
        var command = new CommandLine();
        Assert.True(command.TryParse(Encoding.UTF8.GetBytes(line)));
        return string.Join('|', Enumerable.Range(0, command.Count).Select(i => command[i].Text));
    }
}
