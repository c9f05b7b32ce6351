using System.Net;
using Estafeta.Configuration;
using Estafeta.Daemons.Postscreen.DnsLists;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>postscreen_dnsbl_sites and what comes of the answers.</summary>
public class DnsListTests
{
    [Theory]
    [InlineData("zen.example", "zen.example", 1)]
    [InlineData("zen.example*3", "zen.example", 3)]
    [InlineData("list.example=127.0.[0..255].[2..3]*-4", "list.example", -4)]
    [InlineData("list.example=127.0.0.2", "list.example", 1)]
    public void Site_IsRead(string item, string domain, int weight)
    {
        var site = ScoredSite.Parse(item);
        Assert.Equal((domain, weight), (site.Site.Domain, site.Weight));
    }

    [Theory]
    [InlineData("a.example*x", "bad DNSBL weight factor \"x\" in \"a.example*x\"")]
    [InlineData("a.example*", "bad DNSBL weight factor \"\" in \"a.example*\"")]
    public void Site_WithABadWeight_IsRefused(string item, string problem) =>
        Assert.Equal(problem, Assert.Throws<ConfigurationException>(() => ScoredSite.Parse(item)).Message);

    [Theory]
    [InlineData("a.example=127.0.0.[2..")]
    [InlineData("a.example=127.0.0")]
    [InlineData("a.example=127.0.0.256*2")]
    public void Site_WithABadFilter_IsRefused(string item) => Assert.Throws<ConfigurationException>(() => ScoredSite.Parse(item));

    [Fact]
    public void Score_CountsEachFilterOfADomainOnce()
    {
        var score = new DnsListScore();
        ScoredSite[] sites = [ScoredSite.Parse("a.example=127.0.0.[2..4]*2"), ScoredSite.Parse("a.example=127.0.0.9*5"), ScoredSite.Parse("a.example=127.0.0.7*9")];
        score.Add(sites, Found(300, "127.0.0.3", "127.0.0.4", "127.0.0.9"));
        Assert.Equal((7, "a.example"), (score.Value, score.TopDomain));
        score.Add([ScoredSite.Parse("good.example*-4")], Found(300, "127.0.0.2"));
        Assert.Equal((3, "a.example"), (score.Value, score.TopDomain));
    }

    [Fact]
    public void Ttl_IsTheShortest_WithinBounds()
    {
        var settings = DnsListSettings.Read(ParameterSet.Parse("postscreen_dnsbl_min_ttl = 60s\npostscreen_dnsbl_max_ttl = 1h\n"));
        var score = new DnsListScore();
        Assert.Equal(TimeSpan.FromHours(1), settings.TtlOf(score));
        score.Add([ScoredSite.Parse("a.example")], Found(7200, "127.0.0.2"));
        Assert.Equal(TimeSpan.FromHours(1), settings.TtlOf(score));
        score.Add([ScoredSite.Parse("b.example")], new DnsAnswer(DnsOutcome.NotFound, "b", DnsRecordType.A, []) { Ttl = 0 });
        Assert.Equal(TimeSpan.FromHours(1), settings.TtlOf(score));
        score.Add([ScoredSite.Parse("b.example")], new DnsAnswer(DnsOutcome.NotFound, "b", DnsRecordType.A, []) { Ttl = 300 });
        Assert.Equal(TimeSpan.FromSeconds(300), settings.TtlOf(score));
        score.Add([ScoredSite.Parse("c.example")], Found(5, "127.0.0.2"));
        Assert.Equal(TimeSpan.FromSeconds(60), settings.TtlOf(score));
    }

    [Theory]
    [InlineData("0", -5, false)]
    [InlineData("-2", -1, false)]
    [InlineData("-2", -2, true)]
    [InlineData("-2", -3, true)]
    public void AllowlistThreshold_FreesOfOtherTests(string threshold, int score, bool isFree) =>
        Assert.Equal(isFree, DnsListSettings.Read(ParameterSet.Parse($"postscreen_dnsbl_allowlist_threshold = {threshold}\n")).Allows(score));

    [Fact]
    public void OldNames_StillCount()
    {
        var settings = DnsListSettings.Read(ParameterSet.Parse("postscreen_dnsbl_whitelist_threshold = -3\npostscreen_dnsbl_ttl = 2\n"));
        Assert.Equal((-3, TimeSpan.FromHours(2)), (settings.AllowlistThreshold, settings.MaxTtl));
    }

    [Fact]
    public void Domain_IsAskedOnce()
    {
        var settings = DnsListSettings.Read(ParameterSet.Parse("postscreen_dnsbl_sites = a.example=127.0.0.2*2, b.example a.example=127.0.0.3\n"));
        Assert.Equal(["a.example", "b.example"], settings.Lists.Select(l => l.Domain));
        Assert.Equal(2, settings.Lists[0].Sites.Count);
    }

    private static DnsAnswer Found(uint ttl, params string[] addresses) => new(DnsOutcome.Found, "q", DnsRecordType.A, [.. addresses.Select(a => new DnsAddressRecord("q", DnsRecordType.A, ttl, IPAddress.Parse(a)))])
    {
        Ttl = ttl,
    };
}
