using Estafeta.Tables;

namespace Estafeta.Interop.Tables;

/// <summary>ldap tables against OpenLDAP, and beside Postfix's own client where it is installed.</summary>
public sealed class LdapTableTests
{
    private static readonly string[] Keys =
    [
        "alice@example.com", "ALICE@Example.COM", "a@example.com", "bob@example.com", "group@example.com", "nested@example.com", "routed@example.com",
        "odd*(x)\\y@example.com", "nobody@example.com", "alice", "bob", "group", "nested", "dynamic", "routed", "odd", "aduser", "aduser@corp.example.com",
        "ad.user@example.com", "*", "*)(uid=*", "a*", "(", "\\2a", "@example.com", "bob@example.org", "al,ice", "#x", " x ", "alice@sub.example.com",
    ];

    private static readonly string[] Formats =
    [
        "query_filter = (mail=%s)\nresult_attribute = uid\n",
        "query_filter = (uid=%s)\nresult_attribute = mail\n",
        "query_filter = (uid=%u)\nresult_attribute = mail\nresult_format = %S->%u at %d\n",
        "query_filter = (uid=%u)\nresult_attribute = mail\nresult_format = %2.%1:%s\n",
        "query_filter = (uid=%u)\nresult_attribute = mail, description\ndomain = example.com\n",
        "query_filter = (uid=%s)\nresult_attribute =\nspecial_result_attribute = member\nleaf_result_attribute = mail\n",
        "query_filter = (uid=%s)\nresult_attribute = mail\nspecial_result_attribute = member\n",
        "query_filter = (uid=%s)\nresult_attribute =\nspecial_result_attribute = member\nleaf_result_attribute = mail\nterminal_result_attribute = description\n",
        "query_filter = (uid=%s)\nresult_attribute = mail\nspecial_result_attribute = member, labeledURI\n",
        "query_filter = (proxyAddresses=smtp:%s)\nresult_attribute = userPrincipalName\n",
        "query_filter = (userPrincipalName=%s)\nresult_attribute = proxyAddresses\n",
        "query_filter = (mail=%s)\nresult_attribute = uid\nscope = one\n",
        "query_filter = (objectClass=*)\nresult_attribute = uid\nscope = base\nsearch_base = cn=%s,ou=people,dc=example,dc=com\n",
        "query_filter = (mail=%s)\nresult_attribute = uid\nsearch_base = ou=%2,dc=example,dc=com\n",
        "query_filter = (mail=%s)\nresult_attribute = uid\nbind = yes\nbind_dn = cn=admin,dc=example,dc=com\nbind_pw = secret\n",
        "query_filter = (mail=%s)\nresult_attribute = uid\nbind = no\nexpansion_limit = 5\n",
    ];

    [Fact]
    public async Task Lookup_AllKindsOfTables_AnswerAsPostfixDoes()
    {
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/postfix-ldap.so"), "Postfix with LDAP is not installed");
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, ServerProcess.FreePort());
        await using var ending = server;
        foreach (var format in Formats)
        {
            var table = "ldap:" + fixture.Write("t.cf", settings + format);
            var expected = await SqlTableTests.PostmapAsync(fixture.Root, table, Keys);
            await using var tables = new TableSet(fixture.Tables.Parameters);
            foreach (var key in Keys)
            {
                var ours = await tables.Open(table).LookupAsync(key, TestContext.Current.CancellationToken);
                Assert.Equal((format, key, expected.GetValueOrDefault(key, "not found")), (format, key, SqlTableTests.Describe(ours)));
            }
        }
    }

    [Fact]
    public async Task Lookup_Trouble_IsNeverNotFound()
    {
        await using var fixture = new BackEndFixture();
        var port = ServerProcess.FreePort();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, port);
        await using var ending = server;
        const string byUid = "query_filter = (uid=%s)\nresult_attribute = mail\n";
        var loop = "ldap:" + fixture.Write("loop.cf", settings + byUid + "special_result_attribute = member\nrecursion_limit = 20\n");
        Assert.True((await fixture.LookupAsync(loop, "loop")).IsTrouble);
        var limited = "ldap:" + fixture.Write("limited.cf", settings + byUid + "expansion_limit = 1\n");
        Assert.True((await fixture.LookupAsync(limited, "alice")).IsTrouble);
        Assert.Equal("bob@example.com", (await fixture.LookupAsync(limited, "bob")).Value);
        var password = "ldap:" + fixture.Write("password.cf", settings + byUid + "bind_dn = cn=admin,dc=example,dc=com\nbind_pw = wrong\n");
        Assert.True((await fixture.LookupAsync(password, "bob")).IsTrouble);
        var filter = "ldap:" + fixture.Write("filter.cf", settings + "query_filter = (uid=%s\nresult_attribute = mail\n");
        Assert.True((await fixture.LookupAsync(filter, "bob")).IsTrouble);
        var nowhere = "ldap:" + fixture.Write("nowhere.cf", settings.Replace("dc=example,dc=com", "ou=nowhere,dc=example,dc=com", StringComparison.Ordinal) + byUid);
        Assert.True((await fixture.LookupAsync(nowhere, "bob")).IsTrouble);

        var table = "ldap:" + fixture.Write("t.cf", settings + byUid);
        Assert.True((await fixture.LookupAsync(table, "bob")).IsFound);
        await server.DisposeAsync();
        Assert.True((await fixture.LookupAsync(table, "bob")).IsTrouble);
        await using var again = await SlapdServer.RestartAsync(fixture.Root, port);
        Assert.Equal("bob@example.com", (await fixture.LookupAsync(table, "bob")).Value);
    }

    [Fact]
    public async Task Lookup_ServerRestartedWhileIdle_IsAskedAgain()
    {
        await using var fixture = new BackEndFixture();
        var port = ServerProcess.FreePort();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, port);
        var table = "ldap:" + fixture.Write("t.cf", settings + "query_filter = (uid=%s)\nresult_attribute = mail\n");
        Assert.True((await fixture.LookupAsync(table, "bob")).IsFound);
        await server.DisposeAsync();
        await using var again = await SlapdServer.RestartAsync(fixture.Root, port);
        Assert.Equal("bob@example.com", (await fixture.LookupAsync(table, "bob")).Value);
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task Lookup_ManyAtOnce_AllAnswer()
    {
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, ServerProcess.FreePort());
        await using var ending = server;
        var table = "ldap:" + fixture.Write("t.cf", settings + "query_filter = (uid=%s)\nresult_attribute = mail\n");
        var results = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => fixture.LookupAsync(table, i % 2 == 0 ? "bob" : $"nobody{i}")));
        Assert.All(results, (r, i) => Assert.Equal(i % 2 == 0 ? LookupResult.Found("bob@example.com") : LookupResult.NotFound, r));
    }
}
