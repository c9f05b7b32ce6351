using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Estafeta.Authentication.Dkim;

namespace Estafeta.Tests.Authentication.Dkim;

/// <summary>Body canonicalization (RFC 6376 §3.4), in pieces of any size.</summary>
public sealed partial class BodyHashTests
{
    [Theory]
    [InlineData("", "\r\n", "")]
    [InlineData("\n", "\r\n", "")]
    [InlineData("\n\n\n", "\r\n", "")]
    [InlineData(" \n\t\n", " \r\n\t\r\n", "")]
    [InlineData("a", "a\r\n", "a\r\n")]
    [InlineData("a\n", "a\r\n", "a\r\n")]
    [InlineData("a\n\n\n", "a\r\n", "a\r\n")]
    [InlineData(" C \nD \t E\n\n\n", " C \r\nD \t E\r\n", " C\r\nD E\r\n")] // RFC 6376 §3.4.5
    [InlineData("a\n\n b\n", "a\r\n\r\n b\r\n", "a\r\n\r\n b\r\n")]
    [InlineData("a\rb \n", "a\rb \r\n", "a\rb\r\n")]
    public void Hash_IsOfTheCanonicalBody(string body, string simple, string relaxed)
    {
        Assert.Equal(Sha256(simple), Hash(body, false, null, []));
        Assert.Equal(Sha256(relaxed), Hash(body, true, null, []));
        for (var cut = 0; cut <= body.Length; cut++)
        {
            Assert.Equal(Sha256(simple), Hash(body, false, null, [cut]));
            Assert.Equal(Sha256(relaxed), Hash(body, true, null, [cut]));
        }
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(1, "a")]
    [InlineData(2, "a\r")]
    [InlineData(4, "a\r\nb")]
    [InlineData(100, "a\r\nb\r\n")]
    public void Limit_CutsTheCanonicalBody(int limit, string expected) => Assert.Equal(Sha256(expected), Hash("a\nb\n\n", true, limit, [2, 3]));

    [Fact]
    public void Hash_OfAnything_IsThatOfTheRules() =>
        Gen.Select(Gen.OneOfConst("a", "bc", " ", "\t", "\n", "\n\n", "\r", new string('x', 5000)).Array[0, 40], Gen.Int[1, 3000]).Sample((parts, size) =>
        {
            var body = string.Concat(parts);
            int[] cuts = [.. Enumerable.Range(1, body.Length / size).Select(i => i * size)];
            Assert.Equal(Sha256(Canonical(body, false)), Hash(body, false, null, cuts));
            Assert.Equal(Sha256(Canonical(body, true)), Hash(body, true, null, cuts));
        }, iter: 300);

    // The rules as the RFC words them, all at once.
    private static string Canonical(string body, bool isRelaxed)
    {
        var lines = body.Split('\n').Select(l => isRelaxed ? Blanks().Replace(l, " ").TrimEnd(' ') : l).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0)
        {
            lines.RemoveAt(lines.Count - 1);
        }

        return lines.Count == 0 ? isRelaxed ? "" : "\r\n" : string.Concat(lines.Select(l => l + "\r\n"));
    }

    private static string Hash(string body, bool isRelaxed, long? limit, int[] cuts)
    {
        using var hash = new BodyHash(isRelaxed, limit);
        var octets = Encoding.UTF8.GetBytes(body);
        var start = 0;
        foreach (var cut in (int[])[.. cuts, octets.Length])
        {
            hash.Write(octets.AsSpan(start, cut - start));
            start = cut;
        }

        return Convert.ToHexString(hash.Finish());
    }

    private static string Sha256(string text) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    [GeneratedRegex("[ \t]+")]
    private static partial Regex Blanks();
}
