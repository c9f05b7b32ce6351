using System.Diagnostics;
using System.Runtime.InteropServices;
using Estafeta.Tables;
using Estafeta.Tables.Ldap;

namespace Estafeta.Tests.Tables.Network;

/// <summary>The threads counted are those of the whole process.</summary>
[Collection(RunsAlone.Name)]
public sealed class LdapTableTests
{
    [Fact]
    public async Task Lookup_AThousandAtOnceOfASlowServer_HoldNoThreadEachAndShareConnections()
    {
        RequireLibrary();
        await using var server = SlowDirectory.Start(TimeSpan.FromMilliseconds(200));
        await using var fixture = new TableFixture();
        var table = "ldap:" + fixture.Write("t.cf", $"server_host = ldap://127.0.0.1:{server.Port}\nsearch_base = dc=x\nquery_filter = (uid=%s)\nresult_attribute = mail\nconnections = 3\ntimeout = 60\n");
        var before = Process.GetCurrentProcess().Threads.Count;
        var lookups = Enumerable.Range(0, 1000).Select(i => fixture.FindAsync(table, $"user{i}")).ToArray();
        await Task.WhenAny(lookups);
        var threads = Process.GetCurrentProcess().Threads.Count;
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"user{i}"), await Task.WhenAll(lookups));
        Assert.InRange(server.Connections, 1, 3);
        Assert.InRange(threads, 1, before + 30);
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task Lookup_ServerThatNeverAnswers_TimesOut()
    {
        RequireLibrary();
        await using var server = SlowDirectory.Start(TimeSpan.FromHours(1));
        await using var fixture = new TableFixture();
        var table = "ldap:" + fixture.Write("t.cf", $"server_host = ldap://127.0.0.1:{server.Port}\nsearch_base = dc=x\nquery_filter = (uid=%s)\nresult_attribute = mail\ntimeout = 1\n");
        Assert.Equal(LookupOutcome.Trouble, (await fixture.LookupAsync(table, "x")).Outcome);
    }

    [Theory]
    [InlineData("a*b(c)d\\e\0", "a\\2ab\\28c\\29d\\5ce\\00")]
    [InlineData("plain é", "plain é")]
    public void QuoteFilter_SpecialCharacters_AreEscaped(string text, string expected) => Assert.Equal(expected, LdapText.QuoteFilter(text));

    [Theory]
    [InlineData("a,b+c\"d\\e<f>g;h=i", "a\\,b\\+c\\\"d\\\\e\\<f\\>g\\;h\\=i")]
    [InlineData(" x ", "\\ x\\ ")]
    [InlineData("#x#", "\\#x#")]
    [InlineData("a\nb", "a\\0ab")]
    public void QuoteName_SpecialCharacters_AreEscaped(string text, string expected) => Assert.Equal(expected, LdapText.QuoteName(text));

    [Theory]
    [InlineData("ldap:///dc=x?mail,uid?one?(uid=a*)", "dc=x|mail,uid|One|(uid=a*)")]
    [InlineData("ldap://host/dc=a%20b", "dc=a b||Base|(objectClass=*)")]
    [InlineData("ldaps://host", "||Base|(objectClass=*)")]
    [InlineData("ldap:///dc=x??sub", "dc=x||Sub|(objectClass=*)")]
    public void Url_Text_IsTakenApart(string text, string expected)
    {
        Assert.True(LdapUrl.TryParse(text, out var url));
        Assert.Equal(expected, $"{url.Base}|{string.Join(',', url.Attributes)}|{url.Scope}|{url.Filter}");
    }

    [Theory]
    [InlineData("cn=x,dc=y")]
    [InlineData("http://x/y")]
    public void Url_OtherText_IsNone(string text) => Assert.False(LdapUrl.TryParse(text, out _));

    private static void RequireLibrary() => Assert.SkipUnless(
        NativeLibrary.TryLoad("libldap-2.5.so.0", out _) || NativeLibrary.TryLoad("libldap.so.2", out _), "libldap is not installed");
}
