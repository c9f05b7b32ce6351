using Estafeta.Configuration;
using Estafeta.Net.Tls;

namespace Estafeta.Tests.Net.Tls;

/// <summary>How parameters become OpenSSL's lists: cipher grades, exclusions, groups.</summary>
public sealed class TlsSettingTests
{
    private const string Lists = "tls_high_cipherlist = H\ntls_medium_cipherlist = M\ntls_null_cipherlist = N\n";

    // 3.8: what was low or export is medium.
    [Theory]
    [InlineData("high", "H")]
    [InlineData("MEDIUM", "M")]
    [InlineData("null", "N")]
    [InlineData("low", "M")]
    [InlineData("export", "M")]
    public void Grade_IsAList(string grade, string list)
    {
        Assert.True(TlsCipherGrades.IsGrade(grade));
        Assert.Equal(list, TlsCipherGrades.Load(ParameterSet.Parse(Lists)).CipherList(grade));
    }

    [Theory]
    [InlineData("")]
    [InlineData("strong")]
    public void OtherWords_AreNoGrades(string word) => Assert.False(TlsCipherGrades.IsGrade(word));

    [Fact]
    public void Exclusions_AreTakenOut() =>
        Assert.Equal("H:!aNULL:!RC4:!MD5:!DES", TlsCipherGrades.Load(ParameterSet.Parse(Lists)).CipherList("high", "aNULL, RC4", "MD5:DES", ""));

    // 3.8 and 3.10: curves first, then fields; either list may be empty, and names that this library has not are left out.
    [Theory]
    [InlineData("prime256v1", "ffdhe2048", "prime256v1:ffdhe2048")]
    [InlineData("no-such-curve X25519:prime256v1", "ffdhe3072 no-such-group", "X25519:prime256v1:ffdhe3072")]
    [InlineData("", "ffdhe2048", "ffdhe2048")]
    [InlineData("X25519", "", "X25519")]
    [InlineData("", "", "")]
    public void Groups_AreOneList(string curves, string fields, string list) =>
        Assert.Equal(list, TlsGroups.Read(ParameterSet.Parse($"tls_eecdh_auto_curves = {curves}\ntls_ffdhe_auto_groups = {fields}\n")));
}
