using Estafeta.Net.Dns;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>The names that transcripts and generated sessions speak of: good and bad domains, lame servers, DNS lists.</summary>
public static class TestZone
{
    /// <param name="port">0: any that is free.</param>
    public static StubDnsServer Serve(int port = 0) => Fill(new StubDnsServer(port));

    public static StubDnsServer Fill(StubDnsServer dns)
    {
        dns.Address("good.example", "192.0.2.10").Mx("good.example", 10, "mx.good.example").Add("good.example", DnsRecordType.NS, r => r.Name("good.example", DnsRecordType.NS, "ns.good.example"))
            .Address("mx.good.example", "192.0.2.25").Address("ns.good.example", "192.0.2.53").Address("host.good.example", "192.0.2.11")
            .Address("bad.example", "203.0.113.10").Mx("bad.example", 10, "mx.bad.example").Add("bad.example", DnsRecordType.NS, r => r.Name("bad.example", DnsRecordType.NS, "ns.bad.example"))
            .Address("mx.bad.example", "203.0.113.66").Address("ns.bad.example", "203.0.113.53").Address("host.bad.example", "203.0.113.11")
            .Address("aonly.example", "192.0.2.30").Address("nodata.example").Mx("mxonly.example", 10, "mx.good.example")
            .Add("mxonly.example", DnsRecordType.A, _ => { }).Add("mxonly.example", DnsRecordType.AAAA, _ => { })
            .Mx("nullmx.example", 0, "").Address("lamemx.example", "192.0.2.31").Fail("lamemx.example", DnsRecordType.MX)
            .Mx("backup.example", 10, "mx.good.example").Mx("backup.example", 20, "mail.example.com").Address("mail.example.com", "127.0.0.1")
            .Mx("primary.example", 10, "mail.example.com")
            .Mx("nxmx.example", 10, "nowhere.nx.example").Mx("lamehostmx.example", 10, "host.lame.example")
            .Address("six.example", "2001:db8::6").Mx("literal.example", 10, "192.0.2.1");

        // DNS lists.
        List(dns, "66.2.0.192.zen.example", "127.0.0.2", "see $http://zen.example/66");
        List(dns, "67.2.0.192.zen.example", "127.0.0.10", null);
        List(dns, "6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.zen.example", "127.0.0.4", "six");
        List(dns, "1.0.0.127.listed.example", "127.0.0.2", null);
        List(dns, "1.0.0.127.filtered.example", "127.0.0.7", null);
        List(dns, "1.0.0.127.allowed.example", "127.0.0.5", null);
        List(dns, "80.2.0.192.dnswl.example", "127.0.0.5", null);
        List(dns, "bad.example.rhsbl.example", "127.0.0.3", "bad domain");
        List(dns, "host.bad.example.rhsbl.example", "127.0.0.3", null);
        List(dns, "host.good.example.rhswl.example", "127.0.0.4", null);

        // No answer but SERVFAIL, whatever is asked below these.
        dns.RawHandler = (query, _) => StubDnsServer.Question(query).Name is var name && (name.EndsWith("lame.example", StringComparison.Ordinal) || name.EndsWith("lamebl.example", StringComparison.Ordinal))
            ? new DnsReplyBuilder { Code = 2 }.Build(query)
            : [];
        return dns;
    }

    private static void List(StubDnsServer dns, string name, string address, string? text)
    {
        dns.Address(name, address);
        if (text != null)
        {
            dns.Text(name, text);
        }
        else
        {
            dns.Add(name, DnsRecordType.TXT, _ => { });
        }
    }
}
