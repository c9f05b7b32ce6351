using Estafeta.Net.MtaSts;

namespace Estafeta.Tests.Net.MtaSts;

public class StsPolicyTests
{
    private const string Good = "version: STSv1\r\nmode: enforce\r\nmx: mail.example.com\r\nmx: *.example.net\r\nmax_age: 604800\r\n";

    [Fact]
    public void Policy_OfTheRfc_IsRead()
    {
        var policy = StsPolicy.Parse(Good, out _)!;
        Assert.Equal((StsMode.Enforce, TimeSpan.FromDays(7)), (policy.Mode, policy.MaxAge));
        Assert.Equal(["mail.example.com", "*.example.net"], policy.MxPatterns);
        Assert.Equal(5, policy.Lines.Count);
    }

    [Theory]
    [InlineData("version: STSv1\nmode: testing\nmx: a.b\nmax_age: 1", StsMode.Testing)]
    [InlineData("version: STSv1\nmode: none\nmax_age: 1\n", StsMode.None)]
    [InlineData("version: STSv1\nmode: none\nmode: enforce\nmax_age: 99999999999\nfuture: x\n", StsMode.None)]
    public void Lenience_IsThatOfTheRfc(string text, StsMode mode)
    {
        var policy = StsPolicy.Parse(text, out _)!;
        Assert.Equal(mode, policy.Mode);
        Assert.True(policy.MaxAge <= TimeSpan.FromSeconds(31557600));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>not found</html>")]
    [InlineData("version: STSv2\nmode: enforce\nmx: a.b\nmax_age: 1")]
    [InlineData("mode: enforce\nmx: a.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: strict\nmx: a.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.b")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a.b\nmax_age: -1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a*.b\nmax_age: 1")]
    [InlineData("version: STSv1\nmode: enforce\nmx: ../../etc\nmax_age: 1")]
    public void WhatIsNoPolicy_IsRefusedWithAReason(string text)
    {
        Assert.Null(StsPolicy.Parse(text, out var error));
        Assert.NotEmpty(error);
    }

    [Fact]
    public void Prefixes_NeverThrow()
    {
        for (var length = 0; length < Good.Length; length++)
        {
            _ = StsPolicy.Parse(Good[..length], out _);
        }
    }

    [Theory]
    [InlineData("mail.example.com", true)]
    [InlineData("MAIL.Example.Com.", true)]
    [InlineData("mx.example.net", true)]
    [InlineData("a.mx.example.net", false)]
    [InlineData("example.net", false)]
    [InlineData(".example.net", false)]
    [InlineData("xmail.example.com", false)]
    public void Star_StandsForOneLabel(string host, bool isCovered) => Assert.Equal(isCovered, StsPolicy.Parse(Good, out _)!.Covers(host));

    [Theory]
    [InlineData("20160831085700Z", "v=STSv1; id=20160831085700Z;")]
    [InlineData("1", "v=STSv1;id=1")]
    [InlineData("1", "spf whatever", "v=STSv1; future=x; id=1")]
    [InlineData(null, "v=STSv1; id=1", "v=STSv1; id=2")]
    [InlineData(null, "v=STSv1")]
    [InlineData(null, "v=STSv1; id=")]
    [InlineData(null, "v=STSv1; id=a-b")]
    [InlineData(null, "v=STSv1; id=123456789012345678901234567890123")]
    public void Record_NamesThePolicy(string? id, params string[] texts) => Assert.Equal(id, StsRecord.FindId(texts));

    [Fact]
    public void CacheEntry_SurvivesItsText()
    {
        var entry = new StsCacheEntry("abc1", DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), StsPolicy.Parse(Good, out _)!);
        var text = entry.Format();
        var again = StsCacheEntry.Parse(text)!;
        Assert.Equal((entry.Id, entry.Fetched, Good), (again.Id, again.Fetched, again.Policy.Text));
        for (var length = 0; length < text.IndexOf("max_age", StringComparison.Ordinal); length++)
        {
            Assert.Null(StsCacheEntry.Parse(text[..length]));
        }
    }
}
