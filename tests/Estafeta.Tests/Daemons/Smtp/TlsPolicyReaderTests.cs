using Estafeta.Daemons.Smtp;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>Entries of smtp_tls_policy_maps; complaints are those of Postfix 3.7.11.</summary>
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
    [InlineData("may verify", "malformed attribute/value pair \"verify\": missing '=' after attribute name")]
    [InlineData("may foo=bar", "invalid attribute name: \"foo\"")]
    [InlineData("may connection_reuse=maybe", "attribute \"connection_reuse\" has bad value: \"maybe\"")]
    [InlineData("may enable_rpk=maybe", "attribute \"enable_rpk\" has bad value: \"maybe\"")]
    [InlineData("secure policy_failure=other", "attribute \"policy_failure\" has bad value: \"other\"")]
    [InlineData("may match=x.test", "attribute \"match\" invalid at security level \"may\"")]
    [InlineData("encrypt Match=x.test", "attribute \"Match\" invalid at security level \"encrypt\"")]
    [InlineData("dane-only match=x.test", "attribute \"match\" invalid at security level \"dane-only\"")]
    [InlineData("dane tafile=/a", "attribute \"tafile\" invalid at security level \"dane\"")]
    [InlineData("fingerprint tafile=", "attribute \"tafile\" invalid at security level \"fingerprint\"")]
    [InlineData("verify tafile=", "attribute \"tafile\" has empty value")]
    [InlineData("may match=", "attribute \"match\" has empty value")]
    [InlineData("may servername=", "\"servername=\" specifies an invalid hostname")]
    [InlineData("may protocols=TLSv1.2 protocols=TLSv1.3", "attribute \"protocols\" is specified multiple times")]
    public void Read_OfWhatMakesNoSense_SaysSo(string text, string expected)
    {
        Assert.Null(TlsPolicyReader.Read(text, out var error));
        Assert.Equal(expected, error);
    }

    // Mail goes on, in clear.
    [Fact]
    public void Read_OfNoTls_IgnoresTheRest()
    {
        Assert.Equal(TlsLevel.None, TlsPolicyReader.Read("none ciphers=high foo=bar", out var complaint)?.Level);
        Assert.Equal("ignoring attribute \"ciphers=high\" with TLS disabled", complaint);
    }

    // What they mean is looked at with the session.
    [Theory]
    [InlineData("may ciphers=best")]
    [InlineData("may protocols=TLSv9")]
    [InlineData("may exclude=")]
    [InlineData("fingerprint match=AA match=BB")]
    public void Read_Takes(string text)
    {
        Assert.NotNull(TlsPolicyReader.Read(text, out var complaint));
        Assert.Equal("", complaint);
    }

    [Theory]
    [InlineData("May", true, true)]
    [InlineData("Fingerprint", true, true)]
    [InlineData("May", false, false)]
    [InlineData("Secure", true, false)]
    public void RawKey_IsAskedForWhereNoNamesAreLookedAt(string level, bool prefers, bool isAsked) =>
        Assert.Equal(isAsked, TlsStarter.AsksRawKey(new TlsPolicy { Level = Enum.Parse<TlsLevel>(level), PrefersRawKeys = prefers }));
}
