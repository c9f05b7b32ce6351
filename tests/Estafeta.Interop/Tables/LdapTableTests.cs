using Estafeta.Tables;
using Estafeta.Tables.Ldap;
using Estafeta.TestSystem;

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
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
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
    public async Task Lookup_GeneratedTable_AnswersAsPostfixDoes()
    {
        Assert.SkipUnless(File.Exists("/usr/lib/postfix/postfix-ldap.so"), "Postfix with LDAP is not installed");
        const int count = 6000;
        var generated = new GeneratedEntries(4000);
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take(), generated.Ldif);
        await using var ending = server;
        var table = "ldap:" + fixture.Write("t.cf", settings + "query_filter = (uid=%s)\nresult_attribute = mail\n");
        var keys = generated.Keys(2 * count)[..count];
        var expected = await SqlTableTests.PostmapAsync(fixture.Root, table, keys);
        var ours = await Task.WhenAll(keys.Select(key => fixture.LookupAsync(table, key)));
        Assert.InRange(expected.Count, count / 20, count - 1);
        Assert.Equal(keys.Select(key => (key, expected.GetValueOrDefault(key, "not found"))), keys.Zip(ours, static (key, result) => (key, SqlTableTests.Describe(result))));
    }

    /// <summary>What Active Directory has: addresses among proxyAddresses, logins in userPrincipalName, groups seen from their members by memberOf.</summary>
    [Theory]
    [InlineData("(|(proxyAddresses=smtp:%s)(userPrincipalName=%s))", "mail", "ad.user@example.com", "ad.user@example.com")]
    [InlineData("(|(proxyAddresses=smtp:%s)(userPrincipalName=%s))", "mail", "ADUSER@corp.example.com", "ad.user@example.com")]
    [InlineData("(memberOf=cn=%u,dc=example,dc=com)", "mail", "sales@example.com", "ad.user@example.com,bob@example.com")]
    [InlineData("(memberOf=cn=%u,dc=example,dc=com)", "mail", "nobody@example.com", null)]
    [InlineData("(&(userPrincipalName=%s)(memberOf=cn=Sales,dc=example,dc=com))", "uid", "aduser@corp.example.com", "aduser")]
    [InlineData("(&(userPrincipalName=%s)(memberOf=cn=Sales,dc=example,dc=com))", "uid", "*", null)]
    public async Task Lookup_ActiveDirectoryShape_FindsUsersAndMembers(string filter, string attribute, string key, string? expected)
    {
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        var table = "ldap:" + fixture.Write("t.cf", $"{settings}query_filter = {filter}\nresult_attribute = {attribute}\n");
        var result = await fixture.LookupAsync(table, key);
        Assert.Equal(expected == null ? LookupResult.NotFound : LookupResult.Found(expected), result with { Value = Sorted(result.Value) });
    }

    [Theory]
    [InlineData("start_tls = yes\ntls_ca_cert_file = {0}/server.pem\ntls_require_cert = yes\n", true)]
    [InlineData("start_tls = yes\n", true)]
    [InlineData("start_tls = yes\ntls_require_cert = yes\n", false)]
    [InlineData("start_tls = yes\ntls_ca_cert_file = {0}/server.pem\ntls_require_cert = yes\ntls_cipher_suite = NORMAL\n", true)]
    public async Task Lookup_StartTls_VerifiesTheServerAsAsked(string tls, bool isAnswered)
    {
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        var table = "ldap:" + fixture.Write("t.cf", settings + "query_filter = (uid=%s)\nresult_attribute = mail\n" + tls.Replace("{0}", fixture.Root, StringComparison.Ordinal));
        var result = await fixture.LookupAsync(table, "bob");
        Assert.Equal(isAnswered ? LookupOutcome.Found : LookupOutcome.Trouble, result.Outcome);
    }

    [Theory]
    [InlineData("DIGEST-MD5", "bind-secret", true)]
    [InlineData("DIGEST-MD5", "wrong", false)]
    [InlineData("SCRAM-SHA-256", "bind-secret", true)]
    [InlineData("NO-SUCH-MECHANISM", "bind-secret", false)]
    public async Task Lookup_SaslBind_NeedsThePassword(string mechanism, string password, bool isAnswered)
    {
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        var table = "ldap:" + fixture.Write(
            "t.cf", $"{settings}query_filter = (uid=%s)\nresult_attribute = mail\nbind = sasl\nsasl_mechs = {mechanism}\nbind_dn = reader\nbind_pw = {password}\n");
        Assert.Equal(isAnswered ? LookupOutcome.Found : LookupOutcome.Trouble, (await fixture.LookupAsync(table, "bob")).Outcome);
    }

    // threats.md D13: what a client sends never becomes syntax of the filter or of the base.
    [Theory]
    [InlineData("*")]
    [InlineData("*)(uid=*")]
    [InlineData("a)(|(uid=*")]
    [InlineData("bob)(mail=*")]
    [InlineData("\\2a")]
    [InlineData("bo*")]
    public async Task Lookup_KeyWithFilterSyntax_IsNotFound(string key)
    {
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        var filter = "ldap:" + fixture.Write("filter.cf", settings + "query_filter = (&(objectClass=inetOrgPerson)(uid=%s))\nresult_attribute = mail\n");
        var searchBase = "ldap:" + fixture.Write(
            "base.cf", settings.Replace("search_base = ", "search_base = cn=%s,ou=people,", StringComparison.Ordinal) + "query_filter = (objectClass=*)\nresult_attribute = mail\n");
        Assert.Equal(LookupResult.NotFound, await fixture.LookupAsync(filter, key));
        Assert.Equal(LookupResult.NotFound, await fixture.LookupAsync(searchBase, key));
        Assert.Empty(fixture.Warnings);
    }

    // threats.md D13, AUTH: a login that is a filter finds nobody, not the one whose password was given.
    [Theory]
    [InlineData("bob", true)]
    [InlineData("*)(uid=*", false)]
    [InlineData("bo*", false)]
    [InlineData("bob)(uid=bob", false)]
    [InlineData("bob,ou=people", false)]
    public async Task PasswordCheck_LoginWithFilterSyntax_IsRefused(string login, bool isAccepted)
    {
        await using var fixture = new BackEndFixture();
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        foreach (var found in (string[])["query_filter = (uid=%s)\n", "user_dn = cn=%s,ou=people,dc=example,dc=com\n"])
        {
            var request = new TableRequest("ldap", fixture.Write("t.cf", settings + found), TableFlags.FoldKeys, fixture.Tables);
            await using var check = LdapPasswordCheck.Open(request);
            Assert.Equal(isAccepted, await check.CheckAsync(login, "bobs secret", TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public async Task Lookup_Trouble_IsNeverNotFound()
    {
        await using var fixture = new BackEndFixture();
        var port = FreePort.Take();
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
        var port = FreePort.Take();
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
        var (server, settings) = await SlapdServer.StartAsync(fixture.Root, FreePort.Take());
        await using var ending = server;
        var table = "ldap:" + fixture.Write("t.cf", settings + "query_filter = (uid=%s)\nresult_attribute = mail\n");
        var results = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => fixture.LookupAsync(table, i % 2 == 0 ? "bob" : $"nobody{i}")));
        Assert.All(results, (r, i) => Assert.Equal(i % 2 == 0 ? LookupResult.Found("bob@example.com") : LookupResult.NotFound, r));
    }

    private static string? Sorted(string? list) => list == null ? null : string.Join(',', list.Split(',').Order(StringComparer.Ordinal));
}
