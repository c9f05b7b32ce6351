using Estafeta.Daemons.Smtp;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>Entries of smtp_tls_policy_maps.</summary>
public class TlsPolicyReaderTests
{
    [Fact]
    public void Read_KnowsEveryAttribute()
    {
        var entry = TlsPolicyReader.Read(
            "secure match=.example.com:mx.example.com match=other.example servername=hostname tafile=/a tafile=/b ciphers=high exclude=3DES:MD5 protocols=>=TLSv1.2 "
                + "connection_reuse=yes enable_rpk=no policy_type=STS policy_domain=example.com { policy_string = version: STSv1 } mx_host_pattern=*.example.com policy_ttl=9",
            out var error);

        Assert.Equal("", error);
        Assert.Equal(TlsLevel.Secure, entry!.Level);
        Assert.Equal(".example.com:mx.example.com:other.example", entry.Matches);
        Assert.Equal("hostname", entry.ServerName);
        Assert.Equal(["/a", "/b"], entry.TrustAnchorFiles);
        Assert.Equal(("high", "3DES:MD5", ">=TLSv1.2"), (entry.Ciphers, entry.Exclusions, entry.Protocols));
        Assert.Equal((true, false), (entry.ConnectionReuse, entry.PrefersRawKeys));
        Assert.Equal(("sts", "example.com"), (entry.PolicyType, entry.PolicyDomain));
        Assert.Equal(["version: STSv1"], entry.PolicyStrings);
        Assert.Equal(["*.example.com"], entry.MxHostPatterns);
    }

    [Theory]
    [InlineData("", "invalid security level \"\"")]
    [InlineData("half-dane", "invalid security level \"half-dane\"")]
    [InlineData("may enable_rpk=maybe", "malformed or unknown attribute/value pair \"enable_rpk=maybe\"")]
    [InlineData("may connection_reuse=maybe", "malformed or unknown attribute/value pair \"connection_reuse=maybe\"")]
    [InlineData("may ciphers=best", "malformed or unknown attribute/value pair \"ciphers=best\"")]
    [InlineData("may protocols=TLSv9", "malformed or unknown attribute/value pair \"protocols=TLSv9\"")]
    [InlineData("may verify", "malformed or unknown attribute/value pair \"verify\"")]
    [InlineData("none ciphers=high", "invalid attribute/value pair for level \"none\": ciphers=high")]
    public void Read_OfWhatMakesNoSense_SaysSo(string text, string expected)
    {
        Assert.Null(TlsPolicyReader.Read(text, out var error));
        Assert.Equal(expected, error);
    }

    [Theory]
    [InlineData("May", true, true)]
    [InlineData("Fingerprint", true, true)]
    [InlineData("May", false, false)]
    [InlineData("Secure", true, false)]
    public void RawKey_IsAskedForWhereNoNamesAreLookedAt(string level, bool prefers, bool isAsked) =>
        Assert.Equal(isAsked, TlsStarter.AsksRawKey(new TlsPolicy { Level = Enum.Parse<TlsLevel>(level), PrefersRawKeys = prefers }));
}
