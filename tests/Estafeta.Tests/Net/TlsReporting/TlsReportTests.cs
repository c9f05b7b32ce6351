using System.Text;
using Estafeta.Net.TlsReporting;

namespace Estafeta.Tests.Net.TlsReporting;

public class TlsReportTests
{
    private static TlsOutcome Outcome(string type = "") => new()
    {
        Domain = "x.test", PolicyType = "sts", PolicyStrings = ["version: STSv1"], MxHosts = ["mx.x.test"], ResultType = type, ReceivingHost = "mx.x.test",
    };

    private static TlsReport Report()
    {
        var tally = new TlsTally("x.test");
        tally.Count(Outcome());
        tally.Count(Outcome());
        tally.Count(Outcome("certificate-expired"));
        tally.Count(Outcome("certificate-expired"));
        tally.Count(Outcome("starttls-not-supported"));
        return new TlsReport
        {
            Organization = "send.test",
            ContactInfo = "postmaster@send.test",
            Id = "1@send.test",
            Start = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero),
            End = new DateTimeOffset(2026, 1, 2, 23, 59, 59, TimeSpan.Zero),
            Domains = [tally],
        };
    }

    [Fact]
    public void Json_IsThatOfTheRfc() => Assert.Equal(
        """
        {"organization-name":"send.test","date-range":{"start-datetime":"2026-01-02T00:00:00Z","end-datetime":"2026-01-02T23:59:59Z"},"contact-info":"postmaster@send.test","report-id":"1@send.test","policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1"],"policy-domain":"x.test","mx-host":["mx.x.test"]},"summary":{"total-successful-session-count":2,"total-failure-session-count":3},"failure-details":[{"result-type":"certificate-expired","receiving-mx-hostname":"mx.x.test","failed-session-count":2},{"result-type":"starttls-not-supported","receiving-mx-hostname":"mx.x.test","failed-session-count":1}]}]}
        """,
        Encoding.UTF8.GetString(Report().ToJson()));

    // As libtlsrpt 0.5 writes them, but for blanks.
    [Fact]
    public void Datagram_IsThatOfTheLibrary()
    {
        const string Record = "v=TLSRPTv1; rua=mailto:r@x.test";
        Assert.Equal(
            """{"dpv":"1","d":"x.test","pr":"v=TLSRPTv1; rua=mailto:r@x.test","policies":[{"policy-type":2,"policy-domain":"x.test","policy-string":["version: STSv1"],"mx-host":["mx.x.test"],"t":0,"f":0}]}""",
            Encoding.UTF8.GetString(TlsReportDatagram.Format(Outcome(), Record)));
        var failed = Outcome("certificate-expired") with
        {
            PolicyType = "no-policy-found", PolicyStrings = [], MxHosts = [], SendingAddress = "192.0.2.1", ReceivingHelo = "mx", ReceivingAddress = "192.0.2.2", AdditionalInformation = "i\"", ReasonCode = "c",
        };
        Assert.Equal(
            """{"dpv":"1","d":"x.test","pr":"v=TLSRPTv1; rua=mailto:r@x.test","policies":[{"policy-type":9,"failure-details":[{"c":204,"s":"192.0.2.1","n":"mx.x.test","h":"mx","r":"192.0.2.2","a":"i\u0022","f":"c"}],"t":1,"f":1}]}""",
            Encoding.UTF8.GetString(TlsReportDatagram.Format(failed, Record)));
    }

    [Theory]
    [InlineData("sts-policy-fetch-error", 301)]
    [InlineData("dane-required", 306)]
    [InlineData("starttls-not-supported", 201)]
    [InlineData("something new", 205)]
    public void Datagram_NumbersFailures(string type, int number) =>
        Assert.Contains($"{{\"c\":{number},", Encoding.UTF8.GetString(TlsReportDatagram.Format(Outcome(type), "")), StringComparison.Ordinal);

    [Fact]
    public void Json_IsReadBack()
    {
        var json = Report().ToJson();
        Assert.Equal(json, TlsReportReader.Read(json).ToJson());
        for (var length = 0; length < json.Length; length++)
        {
            Assert.Throws<FormatException>(() => TlsReportReader.Read(json.AsMemory(0, length)));
        }
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"policies\":{}}")]
    public void WhatIsNoReport_IsRefused(string json) => Assert.Throws<FormatException>(() => TlsReportReader.Read(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("{\"policies\":[1,\"x\",[],{},{\"policy\":1,\"summary\":[],\"failure-details\":{}}]}")]
    [InlineData("{\"policies\":[{\"policy\":{\"policy-domain\":7,\"mx-host\":\"mx\"},\"summary\":{\"total-failure-session-count\":\"many\"},\"failure-details\":[1,{\"failed-session-count\":-5}]}],\"date-range\":\"today\"}")]
    public void WrongTypes_AreTakenAsEmpty(string json) => Assert.NotNull(TlsReportReader.Read(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Tally_IsBounded()
    {
        var tally = new TlsTally("x.test");
        for (var i = 0; i < 1000; i++)
        {
            tally.Count(Outcome("validation-failure") with { AdditionalInformation = $"{i}" });
            tally.Count(Outcome() with { MxHosts = [$"{i}"] });
        }

        Assert.Equal(20, tally.Policies.Count);
        Assert.Equal((1000, 100), (tally.Policies[0].Failures, tally.Policies[0].Kinds.Count));
    }

    [Theory]
    [InlineData("mailto:r@x.test", "v=TLSRPTv1; rua=mailto:r@x.test")]
    [InlineData("mailto:r@x.test https://r.test/v1", "v=TLSRPTv1;rua=mailto:r@x.test, https://r.test/v1")]
    [InlineData("", "v=TLSRPTv1; rua=http://r.test/ , ftp://x")]
    [InlineData("", "v=TLSRPTv1; rua=mailto:a@x", "v=TLSRPTv1; rua=mailto:b@x")]
    [InlineData("", "v=TLSRPTv2; rua=mailto:a@x")]
    public void Record_SaysWhere(string targets, params string[] texts) =>
        Assert.Equal(targets, string.Join(' ', TlsReportRecord.FindTargets(texts).Select(t => t.OriginalString)));
}
