using Estafeta.Configuration;
using Estafeta.Configuration.Validation;

namespace Estafeta.Tests.Configuration;

/// <summary>What compatibility_level decides, and what is said about it.</summary>
public class CompatibilityTests
{
    private const string Master = "smtp inet n - - - - smtpd\nqmgr unix n - n 300 1 qmgr\n";

    [Theory]
    [InlineData("", true)]
    [InlineData("compatibility_level = 0", true)]
    [InlineData("compatibility_level = 1", false)]
    [InlineData("compatibility_level = 3.6", false)]
    [InlineData("compatibility_level = new", false)]
    public void Chroot_LeftToItsDefault_DependsOnTheLevel(string mainCf, bool chroot)
    {
        var snapshot = ConfigurationSnapshot.Parse(mainCf, Master, "/c");

        Assert.Equal([chroot, false], snapshot.Master.Entries.Select(e => e.Chroot));
        Assert.Equal(chroot ? ["/c/master.cf: line 1: using backwards-compatible default setting chroot=y"] : [], snapshot.Notices);
    }

    [Theory]
    [InlineData("", 3)]
    [InlineData("compatibility_level = 3.6", 3)]
    [InlineData("compatibility_level = 3.11", 0)]
    [InlineData("compatibility_level = 9999", 0)]
    public void Notices_BelowTheCurrentLevel(string mainCf, int count) => Assert.Equal(count, Compatibility.Notices(ParameterSet.Parse(mainCf)).Count());

    [Fact]
    public void Notices_NameTheLevel() => Assert.EndsWith(
        "To disable backwards compatibility use \"postconf compatibility_level=3.11\" and \"postfix reload\"", Compatibility.Notices(ParameterSet.Parse("")).Last());

    [Fact]
    public void OldDefaults_AreThoseThatNobodySets()
    {
        var old = Compatibility.OldDefaults(ParameterSet.Parse("compatibility_level = 2\nrespectful_logging = no")).ToDictionary(d => d.Parameter.Name, d => (d.Value, d.CurrentValue));

        Assert.Equal(("md5", "sha256"), old["smtpd_tls_fingerprint_digest"]);
        Assert.Equal(("", "may"), old["smtp_tls_security_level"]);
        Assert.DoesNotContain("respectful_logging", old.Keys);
        Assert.DoesNotContain("append_dot_mydomain", old.Keys);
    }
}
