using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Sendmail;
using Estafeta.Mail.Dsn;

namespace Estafeta.Tests.Commands.Sendmail;

/// <summary>The texts are Postfix's own.</summary>
public sealed class SendmailOptionTests
{
    [Theory]
    [InlineData("-Z a", "usage: sendmail [options]")]
    [InlineData("-d a", "usage: sendmail [options]")]
    [InlineData("-B 9BIT a", "-B option needs 8BITMIME or 7BIT")]
    [InlineData("-X /tmp/x a", "unsupported: -X/")]
    [InlineData("-bx a", "unsupported: -bx")]
    [InlineData("-qSfoo", "-qS is not implemented")]
    [InlineData("-qx", "-qx is not implemented")]
    [InlineData("-t -bv", "-t option cannot be used with -bv")]
    [InlineData("-bs -t", "-t can be used only in delivery mode")]
    [InlineData("-bd -t", "-t can be used only in delivery mode")]
    public void BadOptions_AreFatal(string arguments, string message)
    {
        var refusal = Assert.Throws<CommandException>(() => Parse(arguments));
        Assert.Equal(message, refusal.Message);
    }

    [Fact]
    public void Options_AreUnderstood()
    {
        var options = Parse("-f a@b -F Name -B8BITMIME -N success,failure -R hdrs -V id-1 -XV=+ -i -t -G -v -O smtputf8=no -O requiretls=yes r1 -oi r2");
        Assert.Equal("a@b", options.Sender);
        Assert.Equal("Name", options.FullName);
        Assert.Equal("8bit", options.Encoding);
        Assert.Equal(DsnNotify.Success | DsnNotify.Failure, options.Notify);
        Assert.Equal(DsnReturn.Headers, options.Return);
        Assert.Equal("id-1", options.EnvelopeId);
        Assert.Equal("=+", options.Verp);
        Assert.True(options is { IgnoreDots: true, ExtractRecipients: true, IsRelayed: true, Verbosity: 1, SmtpUtf8: false, RequireTls: true });
        Assert.Equal(["r1", "r2"], options.Operands);
        Assert.Empty(options.Warnings);
    }

    /// <summary>Until Postfix 2.3, -V was what -XV is.</summary>
    [Theory]
    [InlineData("-V -f a@b", null, "", "a@b")]
    [InlineData("-V+= -f a@b", null, "+=", "a@b")]
    [InlineData("-V id -f a@b", null, "", "a@b")]
    [InlineData("-V idx -f a@b", "idx", null, "a@b")]
    [InlineData("-Vidx -f a@b", "idx", null, "a@b")]
    [InlineData("-XV -f a@b", null, "", "a@b")]
    [InlineData("-iV -f a@b", "-f", null, null)]
    [InlineData("-f -V id", null, null, "-V")]
    public void VerpAndEnvelopeId_AreToldApart(string arguments, string? envelopeId, string? verp, string? sender)
    {
        var options = Parse(arguments);
        Assert.Equal((envelopeId, verp, sender), (options.EnvelopeId, options.Verp, options.Sender));
    }

    [Theory]
    [InlineData("-q", SendmailMode.FlushQueue)]
    [InlineData("-q -v", SendmailMode.FlushQueue)]
    [InlineData("-q1h", SendmailMode.Ignore)]
    [InlineData("-bp", SendmailMode.ListQueue)]
    [InlineData("-q -bp", SendmailMode.ListQueue)]
    [InlineData("-bi", SendmailMode.NewAliases)]
    [InlineData("-I", SendmailMode.NewAliases)]
    [InlineData("-bd", SendmailMode.Daemon)]
    [InlineData("-bd -q30m", SendmailMode.Daemon)]
    [InlineData("-bl", SendmailMode.Daemon)]
    [InlineData("-bs", SendmailMode.StandAloneServer)]
    [InlineData("-bm x", SendmailMode.Deliver)]
    [InlineData("-Am -Ac -h 3 -L x -m -U -n -p x -e m -oem -o7 -Ofoo=bar a", SendmailMode.Deliver)]
    public void Mode_IsWhatTheOptionsSay(string arguments, object mode) => Assert.Equal(mode, Parse(arguments).Mode);

    [Theory]
    [InlineData("-N foo a", "unknown DSN NOTIFY command value \"foo\" in \"foo\"|bad -N option value -- ignored")]
    [InlineData("-N never,delay a", "bad -N option value -- ignored")]
    [InlineData("-R foo a", "bad -R option value -- ignored")]
    public void BadValues_AreIgnored_WithWarnings(string arguments, string warnings)
    {
        var options = Parse(arguments);
        Assert.Equal(warnings, string.Join('|', options.Warnings));
        Assert.Equal(["a"], options.Operands);
    }

    [Fact]
    public void Addresses_AfterTwoDashes_AreNoOptions()
    {
        var options = Parse("-i -- -f -q");
        Assert.Null(options.Sender);
        Assert.Equal(["-f", "-q"], options.Operands);
    }

    private static SendmailOptions Parse(string arguments) => SendmailOptionParser.Parse(arguments.Split(' '), SendmailMode.Deliver);
}
