using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd.Access.Tables;

namespace Estafeta.Tests.Daemons.Smtpd.Access;

public sealed class CertificateSearchOrderTests
{
    [Theory]
    [InlineData("hash:x", "CERT KEY")]
    [InlineData("{ hash:x }", "CERT KEY")]
    [InlineData("{ hash:x, { search_order = pubkey_fingerprint, cert_fingerprint } }", "KEY CERT")]
    [InlineData("{ hash:x, search_order=pubkey_fingerprint }", "KEY")]
    [InlineData("{ hash:x, { search_order = cert_fingerprint } }", "CERT")]
    public void Keys_OfATable_AreInItsOrder(string table, string expected)
    {
        var order = new CertificateSearchOrder("check_ccert_access", table);
        Assert.Equal(expected, string.Join(' ', order.Keys(["CERT", "KEY"])));
        Assert.Empty(order.Keys([]));
    }

    [Fact]
    public void Order_UnknownWord_IsAnError() =>
        Assert.Throws<ConfigurationException>(() => new CertificateSearchOrder("check_ccert_access", "{ hash:x, search_order=subject }"));
}
