using System.Net;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

public sealed class ResolverFilesTests
{
    [Fact]
    public void Parse_ResolvConf_TakesServersAndOptions()
    {
        var configuration = ResolverConfiguration.Parse("""
            # comment
            search example.com sub.example.com
            nameserver 192.0.2.53
            nameserver 2001:db8::53
            nameserver not-an-address
            options timeout:2 attempts:9 rotate edns0
            """);
        Assert.Equal([new IPEndPoint(IPAddress.Parse("192.0.2.53"), 53), new IPEndPoint(IPAddress.Parse("2001:db8::53"), 53)], configuration.Servers);
        Assert.Equal(TimeSpan.FromSeconds(2), configuration.Timeout);
        Assert.Equal(5, configuration.Attempts);
        Assert.True(configuration.Rotate);
        Assert.Equal(["example.com", "sub.example.com"], configuration.SearchDomains);
    }

    [Fact]
    public void Parse_NoServer_MeansThisHost() =>
        Assert.Equal([new IPEndPoint(IPAddress.Loopback, 53)], ResolverConfiguration.Parse("options timeout:1\n").Servers);

    [Fact]
    public void HostsFile_FindsBothWays()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "127.0.0.1 localhost\n192.0.2.1\tmail.test mail # the relay\n::1 localhost\n#192.0.2.2 hidden\n");
            var hosts = new HostsFile(TimeProvider.System, path);
            Assert.Equal([IPAddress.Loopback, IPAddress.IPv6Loopback], hosts.FindAddresses("LocalHost"));
            Assert.Equal("mail.test", hosts.FindName(IPAddress.Parse("192.0.2.1")));
            Assert.Empty(hosts.FindAddresses("hidden"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
