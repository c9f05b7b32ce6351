using System.Buffers.Binary;
using System.Net;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

public sealed class DnsResolverTests
{
    private static readonly CancellationToken None = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Query_Found_GivesRecordsAndIsKept()
    {
        await using var server = new StubDnsServer().Mx("example.test", 10, "mx1.example.test").Mx("example.test", 20, "mx2.example.test");
        await using var resolver = server.CreateResolver();

        var answer = await resolver.QueryAsync("Example.TEST.", DnsRecordType.MX, None);
        var again = await resolver.QueryAsync("example.test", DnsRecordType.MX, None);

        Assert.Equal(DnsOutcome.Found, answer.Outcome);
        Assert.Equal(["mx1.example.test", "mx2.example.test"], answer.Records.Cast<DnsMxRecord>().Select(r => r.Exchange));
        Assert.Same(answer, again);
        Assert.Single(server.Queries);
    }

    [Theory]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(400)]
    public async Task Query_OfManyRecords_GivesTheFirst(int count)
    {
        await using var server = new StubDnsServer();
        for (var i = 0; i < count; i++)
        {
            _ = server.Mx("example.test", (ushort)(i + 1), $"mx{i}.example.test");
        }

        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync("example.test", DnsRecordType.MX, None);

        Assert.Equal(Enumerable.Range(1, Math.Min(count, 100)), answer.Records.Cast<DnsMxRecord>().Select(static r => (int)r.Preference));
    }

    [Theory]
    [InlineData(3, DnsOutcome.NotFound, "Host or domain name not found. Name service error for name=x.test type=A: Host not found")]
    [InlineData(0, DnsOutcome.NoData, "Host or domain name not found. Name service error for name=x.test type=A: Host found but no data record of requested type")]
    [InlineData(2, DnsOutcome.Trouble, "Host or domain name not found. Name service error for name=x.test type=A: Host not found, try again")]
    [InlineData(5, DnsOutcome.Trouble, "Host or domain name not found. Name service error for name=x.test type=A: Host not found, try again")]
    public async Task Query_NoRecord_SaysWhy(int code, DnsOutcome outcome, string reason)
    {
        await using var server = new StubDnsServer().Fail("x.test", DnsRecordType.A, code);
        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync("x.test", DnsRecordType.A, None);
        Assert.Equal(outcome, answer.Outcome);
        Assert.Equal(reason, answer.Reason);
    }

    // As res_search(3) goes about it with ndots = 1.
    [Theory]
    [InlineData("mx", NameCompletion.None, null, "mx")]
    [InlineData("mx", NameCompletion.Search, null, "mx")]
    [InlineData("mx", NameCompletion.DefaultDomain, null, "mx.one.test mx")]
    [InlineData("mx", NameCompletion.DefaultDomain | NameCompletion.Search, "192.0.2.2", "mx.one.test mx.two.test")]
    [InlineData("a.b", NameCompletion.DefaultDomain, null, "a.b")]
    [InlineData("a.b", NameCompletion.Search, "192.0.2.3", "a.b a.b.one.test")]
    [InlineData("a.b.", NameCompletion.Search, null, "a.b")]
    [InlineData("full.test", NameCompletion.Search, "192.0.2.4", "full.test")]
    public async Task Search_CompletesNamesAsAsked(string name, NameCompletion completion, string? address, string queries)
    {
        await using var server = new StubDnsServer().Address("mx.two.test", "192.0.2.2").Address("a.b.one.test", "192.0.2.3").Address("full.test", "192.0.2.4");
        await using var resolver = new DnsResolver(TimeProvider.System, server.Configuration with { SearchDomains = ["one.test", "two.test"] });
        var answer = await resolver.SearchAsync(name, DnsRecordType.A, completion, None);
        Assert.Equal(address, answer.Records.Cast<DnsAddressRecord>().SingleOrDefault()?.Address.ToString());
        Assert.Equal(queries, string.Join(' ', server.Queries.Select(q => q.Name)));
        Assert.True(answer.IsFound || answer.Reason.Contains($"name={name} ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Search_ADomainInTrouble_IsTrouble()
    {
        await using var server = new StubDnsServer().Fail("mx.one.test", DnsRecordType.A);
        await using var resolver = new DnsResolver(TimeProvider.System, server.Configuration with { SearchDomains = ["one.test"] });
        Assert.Equal(DnsOutcome.Trouble, (await resolver.SearchAsync("mx", DnsRecordType.A, NameCompletion.DefaultDomain, None)).Outcome);
    }

    [Fact]
    public async Task Query_Trouble_IsNotKept()
    {
        await using var server = new StubDnsServer().Fail("x.test", DnsRecordType.A);
        await using var resolver = server.CreateResolver();
        _ = await resolver.QueryAsync("x.test", DnsRecordType.A, None);
        server.Add("x.test", DnsRecordType.A, r => r.Code = 0).Address("x.test", "192.0.2.1");
        Assert.True((await resolver.QueryAsync("x.test", DnsRecordType.A, None)).IsFound);
    }

    [Fact]
    public async Task Query_NullMx_IsItsOwnOutcome()
    {
        await using var server = new StubDnsServer().Mx("x.test", 0, "").Mx("y.test", 0, "").Mx("y.test", 10, "mx.y.test");
        await using var resolver = server.CreateResolver();
        var alone = await resolver.QueryAsync("x.test", DnsRecordType.MX, None);
        Assert.Equal(DnsOutcome.NullMx, alone.Outcome);
        Assert.Equal("Domain x.test does not accept mail (nullMX)", alone.Reason);

        var among = await resolver.QueryAsync("y.test", DnsRecordType.MX, None);
        Assert.Equal("mx.y.test", Assert.IsType<DnsMxRecord>(Assert.Single(among.Records)).Exchange);
    }

    [Fact]
    public async Task Query_AliasInAnswer_IsFollowedWithinIt()
    {
        await using var server = new StubDnsServer()
            .Add("www.test", DnsRecordType.A, r => r.Name("www.test", DnsRecordType.CNAME, "web.test").Address("web.test", "192.0.2.7"));
        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync("www.test", DnsRecordType.A, None);
        Assert.Equal("web.test", answer.Name);
        Assert.Single(answer.Records);
        Assert.Single(server.Queries);
    }

    [Fact]
    public async Task Query_AliasLeadingAway_IsAskedFor()
    {
        await using var server = new StubDnsServer().Alias("a.test", "b.test").Alias("b.test", "c.test").Address("c.test", "192.0.2.7");
        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync("a.test", DnsRecordType.A, None);
        Assert.Equal("c.test", answer.Name);
        Assert.True(answer.IsFound);
    }

    [Fact]
    public async Task Query_AliasLoop_IsTrouble()
    {
        await using var server = new StubDnsServer().Alias("a.test", "b.test").Alias("b.test", "a.test");
        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync("a.test", DnsRecordType.A, None);
        Assert.Equal(DnsOutcome.Trouble, answer.Outcome);
        Assert.Equal("Name server loop for a.test", answer.Reason);
    }

    [Fact]
    public async Task Query_Truncated_GoesToTcp()
    {
        await using var server = new StubDnsServer();
        for (var i = 0; i < 300; i++)
        {
            server.Address("big.test", $"192.0.{i / 250}.{i % 250}");
        }

        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync("big.test", DnsRecordType.A, None);
        Assert.Equal(100, answer.Records.Count); // no more are kept
        Assert.Equal(["udp", "tcp"], server.Queries.Select(q => q.Transport));
    }

    [Fact]
    public async Task Query_ForgedReplies_AreIgnored()
    {
        await using var server = new StubDnsServer();
        server.RawHandler = (query, _) =>
        {
            var forged = new DnsReplyBuilder().Address("x.test", "203.0.113.66").Build(query);
            forged[0] ^= 0xFF;
            return forged;
        };
        await using var resolver = new DnsResolver(TimeProvider.System, server.Configuration with { Timeout = TimeSpan.FromMilliseconds(100) });
        var answer = await resolver.QueryAsync("x.test", DnsRecordType.A, None);
        Assert.Equal(DnsOutcome.Trouble, answer.Outcome);
    }

    [Fact]
    public async Task Query_ServerWithoutEdns_IsAskedPlainly()
    {
        await using var server = new StubDnsServer().Address("x.test", "192.0.2.1");
        server.RawHandler = (query, _) => query[11] == 1 ? new DnsReplyBuilder { Code = 1 }.Build(query) : [];
        await using var resolver = server.CreateResolver();
        Assert.True((await resolver.QueryAsync("x.test", DnsRecordType.A, None)).IsFound);
    }

    [Fact]
    public async Task Query_FirstServerFails_SecondAnswers()
    {
        await using var bad = new StubDnsServer().Fail("x.test", DnsRecordType.A);
        await using var good = new StubDnsServer().Address("x.test", "192.0.2.1");
        await using var resolver = new DnsResolver(TimeProvider.System, bad.Configuration with { Servers = [bad.EndPoint, good.EndPoint] });
        Assert.True((await resolver.QueryAsync("x.test", DnsRecordType.A, None)).IsFound);
        Assert.Single(bad.Queries);
    }

    [Fact]
    public async Task Query_ServerRefusesConnection_NextIsAsked()
    {
        await using var good = new StubDnsServer().Address("x.test", "192.0.2.1");
        using var closed = ClosedPort.Udp();
        await using var resolver = new DnsResolver(
            TimeProvider.System, good.Configuration with { Servers = [new IPEndPoint(IPAddress.Loopback, closed.Number), good.EndPoint] });
        Assert.True((await resolver.QueryAsync("x.test", DnsRecordType.A, None)).IsFound);
    }

    [Fact]
    public async Task Query_ManyAtOnce_AskOnce()
    {
        await using var server = new StubDnsServer().Address("x.test", "192.0.2.1");
        using var gate = new ManualResetEventSlim();
        server.RawHandler = (_, _) =>
        {
            gate.Wait(None);
            return [];
        };
        await using var resolver = server.CreateResolver();
        var all = Enumerable.Range(0, 50).Select(_ => resolver.QueryAsync("x.test", DnsRecordType.A, None).AsTask()).ToArray();
        gate.Set();
        await Task.WhenAll(all);
        Assert.Single(server.Queries);
    }

    [Fact]
    public async Task Query_OneWaiterGivesUp_OthersGetTheAnswer()
    {
        await using var server = new StubDnsServer().Address("x.test", "192.0.2.1");
        using var gate = new ManualResetEventSlim();
        server.RawHandler = (_, _) =>
        {
            gate.Wait(None);
            return [];
        };
        await using var resolver = server.CreateResolver();
        using var impatient = new CancellationTokenSource();
        var first = resolver.QueryAsync("x.test", DnsRecordType.A, impatient.Token).AsTask();
        var second = resolver.QueryAsync("x.test", DnsRecordType.A, None).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        gate.Set();
        Assert.True((await second).IsFound);
    }

    [Fact]
    public async Task Query_AuthenticData_OnlyWhenEveryStepIs()
    {
        await using var server = new StubDnsServer()
            .Add("a.test", DnsRecordType.A, r => r.Name("a.test", DnsRecordType.CNAME, "b.test").Authentic = true)
            .Add("b.test", DnsRecordType.A, r => r.Address("b.test", "192.0.2.1"))
            .Add("c.test", DnsRecordType.A, r => r.Address("c.test", "192.0.2.1").Authentic = true);
        await using var resolver = server.CreateResolver();
        Assert.False((await resolver.QueryAsync("a.test", DnsRecordType.A, None, dnssecOk: true)).IsAuthentic);
        Assert.True((await resolver.QueryAsync("c.test", DnsRecordType.A, None, dnssecOk: true)).IsAuthentic);
    }

    [Fact]
    public async Task Query_MxWithBadNames_KeepsTheGoodOnes()
    {
        await using var server = new StubDnsServer().Mx("x.test", 1, "bad name.test").Mx("x.test", 2, "ok.test").Mx("y.test", 1, "bad/name");
        await using var resolver = server.CreateResolver();
        Assert.Equal("ok.test", ((DnsMxRecord)(await resolver.QueryAsync("x.test", DnsRecordType.MX, None)).Records[0]).Exchange);
        Assert.Equal(DnsOutcome.Invalid, (await resolver.QueryAsync("y.test", DnsRecordType.MX, None)).Outcome);
    }

    [Fact]
    public async Task Query_MalformedData_IsTroubleNotAbsence()
    {
        await using var server = new StubDnsServer().Add("x.test", DnsRecordType.TLSA, r => r.Raw("x.test", DnsRecordType.TLSA, [3]));
        await using var resolver = server.CreateResolver();
        Assert.Equal(DnsOutcome.Trouble, (await resolver.QueryAsync("x.test", DnsRecordType.TLSA, None)).Outcome);
    }

    [Theory]
    [InlineData("a b.test")]
    [InlineData("a..test")]
    [InlineData("-ä-.test")]
    [InlineData("")]
    public async Task Query_NameThatCannotBe_IsNotAskedFor(string name)
    {
        await using var server = new StubDnsServer();
        await using var resolver = server.CreateResolver();
        var answer = await resolver.QueryAsync(name, DnsRecordType.A, None);
        Assert.Equal(DnsOutcome.NotFound, answer.Outcome);
        Assert.Empty(server.Queries);
    }

    [Fact]
    public async Task Query_IdsAndPorts_AreSpread()
    {
        var ids = new HashSet<ushort>();
        await using var server = new StubDnsServer();
        server.RawHandler = (query, _) =>
        {
            ids.Add(BinaryPrimitives.ReadUInt16BigEndian(query));
            return [];
        };
        await using var resolver = server.CreateResolver();
        for (var i = 0; i < 64; i++)
        {
            _ = await resolver.QueryAsync($"n{i}.test", DnsRecordType.A, None);
        }

        Assert.InRange(ids.Count, 60, 64);
        Assert.Contains(ids, id => id > 0x8000);
        Assert.Contains(ids, id => id < 0x8000);
    }
}
