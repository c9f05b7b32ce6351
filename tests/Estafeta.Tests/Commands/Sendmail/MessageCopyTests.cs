using System.Text;
using Estafeta.Commands.Sendmail;
using Estafeta.Configuration;
using Estafeta.Services.Submission;

namespace Estafeta.Tests.Commands.Sendmail;

public sealed class MessageCopyTests
{
    [Theory]
    [InlineData("Subject: x\n\nbody\n", "Subject: x\n\nbody\n")]
    [InlineData("From foo@bar Mon\nSubject: x\n\nbody\n", "Subject: x\n\nbody\n")]
    [InlineData("Subject: x\nFrom foo\n", "Subject: x\nFrom foo\n")]
    [InlineData("a\r\n\r\nbo\rdy\r\n.\r\nmore\r\n", "a\n\nbo\rdy\n")]
    [InlineData("body\n..\n. \n", "body\n..\n. \n")]
    [InlineData("body\n.\nmore\n", "body\n")]
    [InlineData("no line end", "no line end\n")]
    [InlineData("no line end\r", "no line end\n")]
    [InlineData("", "")]
    [InlineData(".", "")]
    [InlineData("\n\n\n", "\n\n\n")]
    [InlineData("a\0b\n", "a\0b\n")]
    [InlineData("a\r\r\nb\n", "a\nb\n")]
    [InlineData("a\r\r\n.\r\r\nb\n", "a\n")]
    [InlineData("From a\n>From b\n>>From c\nSubject: x\n\n>From d\n", "Subject: x\n\n>From d\n")]
    [InlineData(">From b\n>Fro\nFrom c\n", ">Fro\nFrom c\n")]
    [InlineData("a line of more than sixteen octets\r\n.\r\n", "a line of more than sixteen octets\n")]
    public void Content_SplitAnywhere_IsAsSendmailTakesIt(string input, string expected) => AssertCopies("", new SendmailOptions(), input, expected);

    [Theory]
    [InlineData("never", "a\r\nb\n", "a\r\nb\n")]
    [InlineData("never", "a\r\n.\r\nb\n", "a\r\n.\r\nb\n")]
    [InlineData("strict", "a\r\nb\r\n.\r\n", "a\nb\n")]
    [InlineData("strict", "a\nb\r\n.\r\n.\n", "a\nb\r\n.\r\n")]
    [InlineData("strict", "From a\r\nb\r\n", "b\n")]
    [InlineData("strict", "a first line that is longer\r\nb\r\n", "a first line that is longer\nb\n")]
    [InlineData("always", "a\nb\r\n", "a\nb\n")]
    public void LineEnds_AreFixed_AsConfigured(string how, string input, string expected) =>
        AssertCopies($"sendmail_fix_line_endings = {how}", new SendmailOptions(), input, expected);

    [Fact]
    public void Dot_WithI_IsContent() => AssertCopies("", new SendmailOptions { IgnoreDots = true }, "x\n.\ny\n", "x\n.\ny\n");

    [Theory]
    [InlineData("To: r1, \"Foo\" <r2@x>, (c) r3\nCc: r4\nBcc: r5\nSubject: x\n\nTo: no\n", "r1 r2@x r3 r4 r5")]
    [InlineData("To: r1\nResent-To: r2\nBcc: r5\n\n", "r2")]
    [InlineData("Resent-From: r1\nTo: r2\n\n", "")]
    [InlineData("To: g: a, b;, <>\n\n", "a b")]
    [InlineData("to:\n a\n", "a")]
    [InlineData("body\nTo: no\n", "")]
    public void Recipients_WithT_ComeFromTheHeaders(string input, string expected)
    {
        foreach (var pieces in Pieces(Encoding.UTF8.GetBytes(input)))
        {
            var (_, recipients) = Copy("", new SendmailOptions { ExtractRecipients = true }, pieces);
            Assert.Equal(expected, string.Join(' ', recipients));
        }
    }

    private static void AssertCopies(string configuration, SendmailOptions options, string input, string expected)
    {
        foreach (var pieces in Pieces(Encoding.UTF8.GetBytes(input)))
        {
            Assert.Equal(expected, Copy(configuration, options, pieces).Content);
        }
    }

    private static IEnumerable<IEnumerable<ReadOnlyMemory<byte>>> Pieces(byte[] input)
    {
        for (var at = 0; at <= input.Length; at++)
        {
            yield return [input.AsMemory(0, at), input.AsMemory(at)];
        }

        yield return Enumerable.Range(0, input.Length).Select(i => (ReadOnlyMemory<byte>)input.AsMemory(i, 1));
    }

    private static (string Content, List<string> Recipients) Copy(
        string configuration, SendmailOptions options, IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var writer = new SubmissionWriter();
        var copy = new MessageCopy(options, ParameterSet.Parse(configuration), writer);
        foreach (var piece in pieces)
        {
            copy.Add(piece);
        }

        copy.Finish();
        return (Content(writer.Written.Span), copy.Recipients);
    }

    private static string Content(ReadOnlySpan<byte> records)
    {
        var content = new StringBuilder();
        while (records.Length > 0)
        {
            var colon = records.IndexOf((byte)':');
            var length = int.Parse(records[1..colon], System.Globalization.CultureInfo.InvariantCulture);
            content.Append(Encoding.UTF8.GetString(records.Slice(colon + 1, length)));
            records = records[(colon + length + 2)..];
        }

        return content.ToString();
    }
}
