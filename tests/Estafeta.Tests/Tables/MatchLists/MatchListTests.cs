using System.Net;
using Estafeta.Configuration;
using Estafeta.Tables;
using Estafeta.Tables.MatchLists;

namespace Estafeta.Tests.Tables.MatchLists;

public sealed class MatchListTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("estafeta").FullName;
    private readonly List<string> _warnings = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("", "a", false)]
    [InlineData("b a", "a", true)]
    [InlineData("b,A", "a", true)]
    [InlineData("!a, a", "a", false)]
    [InlineData("a, !a", "a", true)]
    [InlineData("!!a", "a", true)]
    [InlineData("!b", "a", false)]
    [InlineData("static:x", "a", true)]
    [InlineData("!static:x a", "a", false)]
    [InlineData("inline:{b=1, a=2}", "a", true)]
    [InlineData("inline:{b=1} c a", "a", true)]
    [InlineData("{a}", "a", false)]
    [InlineData("[a:x]", "a", false)]
    [InlineData(".example", "a.example", false)]
    public async Task Names_FirstPatternThatMatches_Decides(string list, string name, bool expected)
    {
        await using var tables = Tables("");
        var result = await DomainList.Open("mydestination", list, tables).MatchAsync(name, TestContext.Current.CancellationToken);

        Assert.Equal(expected ? LookupOutcome.Found : LookupOutcome.NotFound, result.Outcome);
    }

    [Theory]
    [InlineData("relay_domains", "example.com", "a.b.example.com", true)]
    [InlineData("relay_domains", "example.com", "notexample.com", false)]
    [InlineData("relay_domains", ".example.com", "a.example.com", false)]
    [InlineData("", "example.com", "a.example.com", false)]
    [InlineData("", "example.com", "example.com", true)]
    [InlineData("", ".example.com", "a.example.com", true)]
    [InlineData("", ".example.com", "example.com", false)]
    [InlineData("relay_domains", "inline:{example.com=1}", "a.example.com", true)]
    [InlineData("", "inline:{example.com=1}", "a.example.com", false)]
    [InlineData("", "inline:{.example.com=1}", "a.example.com", true)]
    public async Task Domains_Parents_MatchAsTheListSays(string parents, string list, string domain, bool expected)
    {
        await using var tables = Tables($"parent_domain_matches_subdomains = {parents}");
        var result = await DomainList.Open("relay_domains", list, tables, withParents: true).MatchAsync(domain, TestContext.Current.CancellationToken);

        Assert.Equal(expected, result.IsFound);
    }

    [Theory]
    [InlineData("127.0.0.0/8", "127.1.2.3", true)]
    [InlineData("127.0.0.0/8", "128.0.0.1", false)]
    [InlineData("192.0.2.1", "192.0.2.1", true)]
    [InlineData("[2001:db8::]/32", "2001:db8:1::1", true)]
    [InlineData("[::1]/128 [fe80::]/10", "fe80::1%1", true)]
    [InlineData("!192.0.2.1, 192.0.2.0/24", "192.0.2.1", false)]
    [InlineData("!192.0.2.1, 192.0.2.0/24", "192.0.2.2", true)]
    [InlineData("host.example", "192.0.2.1", true)]
    [InlineData("example", "192.0.2.1", true)]
    [InlineData("inline:{192.0.2.1=x}", "192.0.2.1", true)]
    [InlineData("inline:{example=x}", "192.0.2.1", true)]
    [InlineData("0.0.0.0/0", "::1", false)]
    public async Task Hosts_NameOrAddress_Matches(string list, string address, bool expected)
    {
        await using var tables = Tables("");
        var result = await HostList.Open("mynetworks", list, tables).MatchAsync("host.example", IPAddress.Parse(address), TestContext.Current.CancellationToken);

        Assert.Equal(expected, result.IsFound);
    }

    [Theory]
    [InlineData("192.0.2.1/24", "mynetworks: non-null host address bits in \"192.0.2.1/24\", perhaps you should use \"192.0.2.0/24\" instead")]
    [InlineData("192.0.2.0/33", "mynetworks: bad mask length in \"192.0.2.0/33\"")]
    public async Task Hosts_MalformedNetwork_IsTroubleAndSaysSo(string list, string warning)
    {
        await using var tables = Tables("");
        var result = await HostList.Open("mynetworks", list, tables).MatchAsync("x", IPAddress.Loopback, TestContext.Current.CancellationToken);

        Assert.True(result.IsTrouble);
        Assert.Equal([warning], _warnings);
    }

    [Fact]
    public async Task File_Words_StandInPlaceOfItsName()
    {
        var inner = Write("inner", "c\n");
        var outer = Write("outer", "# comment a\n!a\nb, " + inner + "\nd # e\n");
        await using var tables = Tables("");
        var list = DomainList.Open("mydestination", outer, tables);
        var negated = DomainList.Open("mydestination", "!" + outer, tables);

        foreach (var (name, found, foundNegated) in new[] { ("a", false, true), ("b", true, false), ("c", true, false), ("d", true, false), ("e", false, false) })
        {
            Assert.Equal(found, (await list.MatchAsync(name, TestContext.Current.CancellationToken)).IsFound);
            Assert.Equal(foundNegated, (await negated.MatchAsync(name, TestContext.Current.CancellationToken)).IsFound);
        }

        Assert.Contains("mydestination: comment at end of line is not supported: # e", _warnings);
    }

    [Fact]
    public async Task Trouble_BehindAMatch_IsNotReached_BeforeIt_IsTheAnswer()
    {
        await using var tables = Tables("");
        var before = await DomainList.Open("mydestination", "fail:x, a", tables).MatchAsync("a", TestContext.Current.CancellationToken);
        var behind = await DomainList.Open("mydestination", "a, /nonexistent", tables).MatchAsync("a", TestContext.Current.CancellationToken);

        Assert.Equal("mydestination: fail:x: table lookup problem", before.Value);
        Assert.True(behind.IsFound);
        Assert.Contains("open file /nonexistent: No such file or directory", _warnings);
    }

    [Fact]
    public async Task Open_ExclamationMarkAlone_IsRefused()
    {
        await using var tables = Tables("");

        Assert.Equal("mynetworks: no pattern after '!'", Assert.Throws<ConfigurationException>(() => HostList.Open("mynetworks", "! a", tables)).Problem);
    }

    private TableSet Tables(string mainCf) => new(ParameterSet.Parse(mainCf)) { Warn = _warnings.Add };

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }
}
