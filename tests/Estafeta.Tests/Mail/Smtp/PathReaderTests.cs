using Estafeta.Mail.Smtp;
using Estafeta.Tests.Architecture;

namespace Estafeta.Tests.Mail.Smtp;

public class PathReaderTests
{
    public static TheoryData<string, string?, bool> Vectors()
    {
        var data = new TheoryData<string, string?, bool>();
        foreach (var line in File.ReadLines(Path.Combine(Repository.Root, "tests/Estafeta.Tests/Mail/Smtp/addresses.txt")))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var fields = line.Split(" | ");
                data.Add(fields[0], fields[1] switch { "(error)" => null, "(empty)" => "", var text => text }, fields[2].Trim() == "y");
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Address_IsReadAsPostfixReadsIt(string argument, string? expected, bool isStrict)
    {
        Assert.Equal(expected != null, PathReader.TryRead(argument, strict: false, out var address));
        Assert.Equal(expected != null && isStrict, PathReader.TryRead(argument, strict: true, out _));
        if (expected != null)
        {
            Assert.Equal(expected, address);
        }
    }

    [Fact]
    public void Prefix_NeverThrows()
    {
        foreach (var argument in Vectors().Select(v => v.Data.Item1))
        {
            for (var length = 0; length < argument.Length; length++)
            {
                PathReader.TryRead(argument[..length], strict: false, out _);
            }
        }
    }

    /// <summary>Plain addresses go a shorter way, but not with a space in front.</summary>
    [Fact]
    public void PlainAddress_IsReadAsAnyOther()
    {
        const string Characters = "ab.-+=@<>";
        var random = new Random(5321);
        for (var i = 0; i < 100_000; i++)
        {
            var text = $"<{random.GetString(Characters, random.Next(1, 8))}>";
            Assert.Equal(PathReader.TryRead(" " + text, strict: false, out var expected), PathReader.TryRead(text, strict: false, out var address));
            Assert.Equal(expected, address);
        }
    }

    [Theory]
    [InlineData("<a\u0001b@c>")]
    [InlineData("<a\u007fb@c>")]
    [InlineData("<\"a\u001bb\"@c>")]
    public void Control_IsRefused(string argument) => Assert.False(PathReader.TryRead(argument, strict: false, out _));

    [Fact]
    public void DeepNesting_CostsNoStack()
    {
        Assert.True(PathReader.TryRead("<" + new string('(', 200_000) + new string(')', 200_000) + "a@b>", strict: false, out var address));
        Assert.Equal("a@b", address);
        PathReader.TryRead(string.Concat(Enumerable.Repeat("<>", 100_000)), strict: false, out _);
    }
}
