using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Dkim;
using Estafeta.Authentication.Dmarc;
using Estafeta.Authentication.Spf;

namespace Estafeta.Tests.Authentication.Dmarc;

/// <summary>Policies, where they are found, and what is aligned with them.</summary>
public sealed class DmarcCheckerTests
{
    private static readonly PublicSuffixList Suffixes = PublicSuffixList.Parse(["com", "example", "co.uk", "uk", "*.ck", "!www.ck"]);

    [Theory]
    [InlineData("shop.com", "pass:shop.com", "", "pass")]
    [InlineData("shop.com", "pass:mail.shop.com", "", "pass")]
    [InlineData("sub.shop.com", "pass:shop.com", "", "pass")]
    [InlineData("shop.com", "", "pass:news.shop.com", "pass")]
    [InlineData("shop.com", "pass:other.com", "pass:evil.com", "fail")]
    [InlineData("shop.com", "fail:shop.com", "fail:shop.com", "fail")]
    [InlineData("shop.com", "softfail:shop.com", "policy:shop.com", "fail")]
    [InlineData("shop.com", "temperror:shop.com", "", "temperror")]
    [InlineData("shop.com", "temperror:other.com", "", "fail")]
    [InlineData("shop.com", "fail:shop.com", "temperror:shop.com", "temperror")]
    [InlineData("shop.com", "temperror:shop.com", "pass:shop.com", "pass")]
    [InlineData("strict.com", "pass:mail.strict.com", "pass:mail.strict.com", "fail")]
    [InlineData("strict.com", "", "pass:strict.com", "pass")]
    [InlineData("notshop.com", "pass:shop.com", "", "none")]
    [InlineData("a.co.uk", "pass:b.co.uk", "", "fail")]
    [InlineData("troubled.com", "pass:troubled.com", "", "temperror")]
    public async Task Check_GivesTheResult(string author, string spf, string dkim, string expected)
    {
        foreach (var suffixes in (PublicSuffixList?[])[Suffixes, null])
        {
            var outcome = await CheckAsync($"From: x@{author}\n\n", suffixes, spf, dkim);
            Assert.Equal((expected, author), (outcome.Word, outcome.Domain));
            Assert.NotEmpty(outcome.Reason);
        }
    }

    [Theory]
    [InlineData("shop.com", DmarcPolicy.Reject)]
    [InlineData("sub.shop.com", DmarcPolicy.Quarantine)]
    [InlineData("missing.shop.com", DmarcPolicy.Reject)]
    [InlineData("own.shop.com", DmarcPolicy.None)]
    [InlineData("below.own.shop.com", DmarcPolicy.Quarantine)]
    [InlineData("reports.com", DmarcPolicy.None)]
    [InlineData("half.com", DmarcPolicy.Reject)]
    [InlineData("quarter.com", DmarcPolicy.Quarantine)]
    public async Task FailingMessage_GetsTheRightPolicy(string author, DmarcPolicy disposition)
    {
        var outcome = await CheckAsync($"From: x@{author}\n\n", Suffixes, "", "");
        Assert.Equal((DmarcResult.Fail, disposition), (outcome.Result, outcome.Disposition));
    }

    [Fact]
    public async Task Passing_HasNoDisposition()
    {
        var outcome = await CheckAsync("From: x@shop.com\n\n", Suffixes, "pass:shop.com", "");
        Assert.Equal((DmarcPolicy.Reject, DmarcPolicy.None), (outcome.Policy, outcome.Disposition));
    }

    /// <summary>Forms in which different programs see different authors: none of them passes for an author who did not speak.</summary>
    [Theory]
    [InlineData("From: a@evil.com\nFrom: b@shop.com\n\n")]
    [InlineData("From: b@shop.com\nFrom: a@evil.com\n\n")]
    [InlineData("From: b@shop.com\nfrom : a@evil.com\n\n")]
    [InlineData("From: a@evil.com, b@shop.com\n\n")]
    [InlineData("From: <b@shop.com>, <a@evil.com>\n\n")]
    [InlineData("From: b@shop.com <a@evil.com>, c@shop.com\n\n")]
    [InlineData("From: a@evil.com b@shop.com\n\n")]
    [InlineData("From: <a@evil.com> <b@shop.com>\n\n")]
    [InlineData("From: b@shop.com (a@evil.com)\n\n")]
    [InlineData("From: (a@evil.com) b@shop.com\n\n")]
    [InlineData("From: <@evil.com:b@shop.com>\n\n")]
    [InlineData("From: <@evil.com,@other.com:b@shop.com>\n\n")]
    [InlineData("From: \"a@evil.com\" <b@shop.com>\n\n")]
    [InlineData("From: \"b@evil.com\"@shop.com\n\n")]
    [InlineData("From: group: b@shop.com, a@evil.com;\n\n")]
    [InlineData("From: =?utf-8?q?a=40evil.com?= <b@shop.com>\n\n")]
    [InlineData("From:\n b@shop.com\n\n")]
    [InlineData("From: b@SHOP.com.\n\n")]
    public async Task ForgedAuthor_NeverPasses(string head)
    {
        var outcome = await CheckAsync(head, Suffixes, "pass:evil.com", "pass:evil.com");
        Assert.Equal((DmarcResult.Fail, "shop.com", DmarcPolicy.Reject), (outcome.Result, outcome.Domain, outcome.Disposition));
    }

    [Theory]
    [InlineData("Subject: x\n\n")]
    [InlineData("From: \n\n")]
    [InlineData("From: nobody\n\n")]
    [InlineData("From: a@[192.0.2.1]\n\n")]
    [InlineData("From: a@localhost\n\n")]
    [InlineData("From: undisclosed:;\n\n")]
    [InlineData("From: @shop.com\n\n")]
    [InlineData("From: a@b@\n\n")]
    public async Task NoAuthor_IsPermanent(string head) =>
        Assert.Equal((DmarcResult.PermError, DmarcPolicy.Reject), await CheckAsync(head, Suffixes, "pass:shop.com", "pass:shop.com") is var o ? (o.Result, o.Disposition) : default);

    [Fact]
    public async Task SeveralAuthors_WithoutPolicy_Fail() =>
        Assert.Equal((DmarcResult.Fail, DmarcPolicy.None), await CheckAsync("From: a@one.com, b@two.com\n\n", Suffixes, "pass:one.com", "") is var o ? (o.Result, o.Disposition) : default);

    [Fact]
    public async Task AuthorsBeyondWhatIsLookedAt_AreRefused()
    {
        const string Lax = "a@one.com, b@two.com, c@three.com, d@four.com, ";
        foreach (var head in (string[])[$"From: {Lax}ceo@shop.com\n\n", $"From: {Lax}x@one.com\nFrom: ceo@shop.com\n\n", $"From: a@one.com ({new string('x', 10_000)}), ceo@shop.com\n\n"])
        {
            var outcome = await CheckAsync(head, Suffixes, "pass:one.com", "pass:one.com");
            Assert.Equal((DmarcResult.Fail, DmarcPolicy.Reject), (outcome.Result, outcome.Disposition));
        }
    }

    [Fact]
    public async Task NulInFrom_Fails() =>
        Assert.Equal(DmarcResult.Fail, (await CheckAsync("From: b@shop.com\0, a@evil.com\n\n", Suffixes, "pass:shop.com", "")).Result);

    [Fact]
    public async Task InternationalAuthor_IsFoundByItsAsciiForm() =>
        Assert.Equal((DmarcResult.Fail, "xn--bcher-kva.example"), await CheckAsync("From: x@b\u00fccher.example\n\n", Suffixes, "", "") is var o ? (o.Result, o.Domain) : default);

    [Theory]
    [InlineData("v=DMARC1")]
    [InlineData("v=DMARC1; p=nonsense; rua=mailto:x@y.example")]
    [InlineData("v=DMARC1; sp=reject")]
    public void Record_WithoutPolicy_WantsNothing(string text) => Assert.Equal(DmarcPolicy.None, DmarcRecord.Parse(text)!.Policy);

    [Theory]
    [InlineData("p=reject; v=DMARC1")]
    [InlineData("v=DMARC2; p=reject")]
    [InlineData("v=DMARC1; p=nonsense")]
    [InlineData("v=DMARC1; p=reject; p=none")]
    [InlineData("v=spf1 -all")]
    [InlineData("")]
    public void Record_Unusable_IsNone(string text) => Assert.Null(DmarcRecord.Parse(text));

    [Fact]
    public void Record_CutAnywhere_IsReadOrNot()
    {
        const string Record = "v=DMARC1; p=reject; sp=quarantine; np=reject; adkim=s; aspf=s; pct=50; psd=n; t=y; rua=mailto:a@b.example";
        for (var length = 0; length < Record.Length; length++)
        {
            _ = DmarcRecord.Parse(Record[..length]);
        }

        Assert.Equal(
            new DmarcRecord { Policy = DmarcPolicy.Reject, SubdomainPolicy = DmarcPolicy.Quarantine, MissingDomainPolicy = DmarcPolicy.Reject, IsDkimStrict = true, IsSpfStrict = true, Percent = 0, IsPublicSuffix = false },
            DmarcRecord.Parse(Record));
    }

    [Theory]
    [InlineData("a.b.shop.com", "shop.com")]
    [InlineData("shop.com", "shop.com")]
    [InlineData("com", "com")]
    [InlineData("x.y.co.uk", "y.co.uk")]
    [InlineData("a.b.c.ck", "b.c.ck")]
    [InlineData("b.www.ck", "www.ck")]
    [InlineData("a.b.unlisted", "b.unlisted")]
    public void Suffixes_GiveTheOrganization(string domain, string organization) => Assert.Equal(organization, Suffixes.OrganizationOf(domain));

    [Theory]
    [InlineData("x.dept.bank.example", "pass:bank.example", "pass")] // psd=n at bank.example
    [InlineData("shop.mall.example", "pass:other.mall.example", "fail")] // psd=y at mall.example: shops are apart
    [InlineData("a.b.c.d.e.f.g.h.i.deep.example", "pass:deep.example", "pass")] // beyond eight labels
    public async Task TreeWalk_FindsTheOrganization(string author, string spf, string expected) =>
        Assert.Equal(expected, (await CheckAsync($"From: x@{author}\n\n", null, spf, "")).Word);

    [Fact]
    public async Task TreeWalk_AsksAtMostEightNames()
    {
        var zone = new Zone();
        await new DmarcChecker(zone.Lookup, null, () => 0).Begin(Headers("From: x@a.b.c.d.e.f.g.h.i.j.k.example\n\n"), false, CancellationToken.None)
            .FinishAsync(null, [], CancellationToken.None);
        Assert.Equal(8, zone.Asked.Count);
    }

    private static MessageHeaders Headers(string head) => MessageHeaders.Read(Encoding.UTF8.GetBytes(head));

    private static async Task<DmarcOutcome> CheckAsync(string head, PublicSuffixList? suffixes, string spf, string dkim)
    {
        var zone = new Zone(
            "_dmarc.shop.com TXT v=DMARC1; p=reject; sp=quarantine; np=reject",
            "sub.shop.com A 192.0.2.1",
            "below.own.shop.com A 192.0.2.1",
            "_dmarc.own.shop.com TXT v=DMARC1; p=none",
            "_dmarc.strict.com TXT v=DMARC1; p=reject; adkim=s; aspf=s",
            "_dmarc.a.co.uk TXT v=DMARC1; p=reject",
            "_dmarc.troubled.com TROUBLE",
            "_dmarc.reports.com TXT v=DMARC1; rua=mailto:x@reports.com",
            "_dmarc.half.com TXT v=DMARC1; p=reject; pct=50",
            "_dmarc.quarter.com TXT v=DMARC1; p=reject; pct=25",
            "_dmarc.xn--bcher-kva.example TXT v=DMARC1; p=reject",
            "_dmarc.bank.example TXT v=DMARC1; p=reject; psd=n",
            "_dmarc.example TXT v=DMARC1; p=none; psd=y",
            "_dmarc.mall.example TXT v=DMARC1; p=reject; psd=y",
            "_dmarc.deep.example TXT v=DMARC1; p=reject");
        var check = new DmarcChecker(zone.Lookup, suffixes, () => 40).Begin(Headers(head), false, CancellationToken.None);
        var spfOutcome = spf.Split(':') is [var word, var domain] ? new SpfOutcome(Enum.Parse<SpfResult>(word, true), domain, "x@" + domain, false, "") : null;
        IReadOnlyList<DkimResult> signatures = dkim.Split(':') is [var dkimWord, var signer] ? [new DkimResult(Enum.Parse<DkimOutcome>(dkimWord, true), signer, "")] : [];
        return await check.FinishAsync(spfOutcome, signatures, CancellationToken.None);
    }
}
