using System.Text;
using Estafeta.Mail.Smtp;
using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Mail.Smtp;

public class DataDecoderTests
{
    public sealed record Vector(string Name, BareNewline Mode, string Wire, string Content, string Remainder);

    public static TheoryData<Vector> Vectors()
    {
        var data = new TheoryData<Vector>();
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "tests/Estafeta.Tests/Mail/Smtp/smuggling.txt")))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var fields = line.Split('|');
                var mode = fields[1].Trim() == "accept" ? BareNewline.Accept : BareNewline.RequireStandardEnd;
                data.Add(new Vector(fields[0].Trim(), mode, Unescape(fields[2]), Unescape(fields[3]), Unescape(fields[4])));
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void EndOfData_IsWhereThePolicySays(Vector vector) =>
        Assert.Equal((vector.Content, vector.Remainder), Decode(vector.Mode, vector.Wire, []));

    [Theory]
    [MemberData(nameof(Vectors))]
    public void EndOfData_IsTheSameHoweverTheOctetsArrive(Vector vector)
    {
        var expected = (vector.Content, vector.Remainder);
        for (var first = 0; first <= vector.Wire.Length; first++)
        {
            for (var second = first; second <= vector.Wire.Length; second++)
            {
                Assert.Equal(expected, Decode(vector.Mode, vector.Wire, [first, second]));
            }
        }

        Assert.Equal(expected, Decode(vector.Mode, vector.Wire, Enumerable.Range(0, vector.Wire.Length)));
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Prefix_IsNotTheEnd(Vector vector)
    {
        for (var length = 0; length < vector.Wire.Length - vector.Remainder.Length; length++)
        {
            var decoder = new DataDecoder(hasDots: true, vector.Mode);
            decoder.Decode(Encoding.Latin1.GetBytes(vector.Wire[..length]), new byte[length + DataDecoder.Headroom], out var consumed);
            Assert.Equal(length, consumed);
            Assert.False(decoder.IsAtEnd);
        }
    }

    [Theory]
    [InlineData("a\r\n.\r\nb\n\0c", "a\n.\nb\n\0c\n", true)]
    [InlineData("abc", "abc\n", false)]
    [InlineData("abc\r\n", "abc\n", false)]
    [InlineData("abc\r", "abc\r\n", false)]
    [InlineData("", "", false)]
    public void Chunk_HasNoEndOfData(string wire, string content, bool isBare)
    {
        for (var cut = 0; cut <= wire.Length; cut++)
        {
            var decoder = new DataDecoder(hasDots: false, BareNewline.RequireStandardEnd);
            var output = new StringBuilder();
            foreach (var part in (string[])[wire[..cut], wire[cut..]])
            {
                var buffer = new byte[part.Length + DataDecoder.Headroom];
                output.Append(Encoding.Latin1.GetString(buffer, 0, decoder.Decode(Encoding.Latin1.GetBytes(part), buffer, out _)));
            }

            var tail = new byte[DataDecoder.Headroom];
            output.Append(Encoding.Latin1.GetString(tail, 0, decoder.Flush(tail)));
            Assert.Equal(content, output.ToString());
            Assert.Equal(content.Count(c => c == '\n'), decoder.LineEnds);
            Assert.Equal(isBare, decoder.SawBareNewline);
            Assert.False(decoder.IsAtEnd);
        }
    }

    // Decodes in place, as the server does.
    private static (string Content, string Remainder) Decode(BareNewline mode, string wire, IEnumerable<int> cuts)
    {
        var decoder = new DataDecoder(hasDots: true, mode);
        var buffer = new byte[wire.Length * 2 + 16];
        var length = 0;
        var start = 0;
        foreach (var cut in cuts.Append(wire.Length))
        {
            var part = Encoding.Latin1.GetBytes(wire[start..cut]);
            var at = length + DataDecoder.Headroom;
            part.CopyTo(buffer, at);
            length += decoder.Decode(buffer.AsSpan(at, part.Length), buffer.AsSpan(length), out var consumed);
            start += consumed;
            if (decoder.IsAtEnd)
            {
                break;
            }
        }

        Assert.True(decoder.IsAtEnd);
        Assert.Equal(buffer.AsSpan(0, length).Count((byte)'\n'), decoder.LineEnds);
        return (Encoding.Latin1.GetString(buffer, 0, length), wire[start..]);
    }

    private static string Unescape(string field) => field.Trim()
        .Replace("\\r", "\r", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal).Replace("\\0", "\0", StringComparison.Ordinal);
}
