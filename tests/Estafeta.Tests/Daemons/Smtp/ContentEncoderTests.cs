using System.Text;
using Estafeta.Daemons.Smtp;

namespace Estafeta.Tests.Daemons.Smtp;

public sealed class ContentEncoderTests
{
    [Theory]
    [InlineData("a\nb\n", "a\r\nb\r\n.\r\n")]
    [InlineData("", ".\r\n")]
    [InlineData("\n", "\r\n.\r\n")]
    [InlineData("no end", "no end\r\n.\r\n")]
    [InlineData(".\n..\n.a\n", "..\r\n...\r\n..a\r\n.\r\n")]
    [InlineData("a.b\n.", "a.b\r\n..\r\n.\r\n")]
    [InlineData("a\rb\r\n\r.\r\n", "a b \r\n . \r\n.\r\n")]
    [InlineData("1234567890\n", "1234567890\r\n.\r\n")]
    [InlineData("12345678901\n", "1234567890\r\n 1\r\n.\r\n")]
    [InlineData("1234567890123456789012\n", "1234567890\r\n 123456789\r\n 012\r\n.\r\n")]
    [InlineData(".234567890\n.2345678901\n", "..234567890\r\n..234567890\r\n 1\r\n.\r\n")]
    [InlineData("1234567890.\n", "1234567890\r\n .\r\n.\r\n")]
    public void Encode_Whole_AndSplitAnywhere_IsTheSame(string content, string expected)
    {
        var input = Encoding.Latin1.GetBytes(content);
        Assert.Equal(expected, Encode(input, [input.Length], 1000));
        for (var split = 0; split <= input.Length; split++)
        {
            Assert.Equal(expected, Encode(input, [split, input.Length - split], 1000));
            Assert.Equal(expected, Encode(input, [split, input.Length - split], ContentEncoder.Headroom));
        }

        Assert.Equal(expected, Encode(input, [.. Enumerable.Repeat(1, input.Length)], 1000));
    }

    [Fact]
    public void Encode_NoLimit_LeavesLongLines()
    {
        var line = new string('x', 5000);
        Assert.Equal(line + "\r\n.\r\n", Encode(Encoding.ASCII.GetBytes(line + "\n"), [5001], 100, lineLimit: 0));
    }

    [Fact]
    public void Encode_RandomContent_HasNoStrayLineEnds()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var input = new byte[random.Next(60)];
            foreach (ref var octet in input.AsSpan())
            {
                octet = (byte)".\r\n a"[random.Next(5)];
            }

            var wire = Encode(input, [input.Length], ContentEncoder.Headroom + random.Next(20));
            Assert.EndsWith(".\r\n", wire);
            Assert.DoesNotContain('\n', wire.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.DoesNotContain('\r', wire.Replace("\r\n", "", StringComparison.Ordinal));
            Assert.Equal(wire.Length - 3, ("\r\n" + wire).IndexOf("\r\n.\r\n", StringComparison.Ordinal)); // the only end of data is the last
        }
    }

    private static string Encode(byte[] input, int[] slices, int outputRoom, int lineLimit = 10)
    {
        var encoder = new ContentEncoder(lineLimit, replacesCarriageReturns: true);
        var wire = new StringBuilder();
        var output = new byte[Math.Max(outputRoom, ContentEncoder.Headroom)];
        var at = 0;
        foreach (var slice in slices)
        {
            var rest = input.AsSpan(at, slice);
            at += slice;
            while (rest.Length > 0)
            {
                var written = encoder.Encode(rest, output, out var consumed);
                Assert.True(consumed > 0 || written > 0);
                wire.Append(Encoding.Latin1.GetString(output, 0, written));
                rest = rest[consumed..];
            }
        }

        var end = encoder.Finish(output);
        return wire.Append(Encoding.Latin1.GetString(output, 0, end)).ToString();
    }
}
