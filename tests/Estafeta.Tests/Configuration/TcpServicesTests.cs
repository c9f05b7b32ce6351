using Estafeta.Configuration;
using Estafeta.Configuration.Interfaces;

namespace Estafeta.Tests.Configuration;

public sealed class TcpServicesTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("smtp", 2525)] // known_tcp_ports goes first
    [InlineData("submissions", 465)]
    [InlineData("smtps", 465)]
    [InlineData("milter", 8891)]
    [InlineData("filter", 8891)]
    [InlineData("domain", null)] // another protocol's
    [InlineData("comment", null)]
    [InlineData("25", 25)]
    [InlineData("0", null)]
    [InlineData("65536", null)]
    [InlineData("", null)]
    public void Port_IsFound_ByNumberOrName(string service, int? expected)
    {
        File.WriteAllText(_file, "smtp 25/tcp mail\nmilter\t8891/tcp\tfilter # comment\ndomain 53/udp\n");
        Assert.Equal(expected, new TcpServices("smtp=2525, smtps=submissions=465", _file).Find(service));
    }

    [Fact]
    public void Load_TakesTheParameter() =>
        Assert.Equal(4711, TcpServices.Load(ParameterSet.Parse("known_tcp_ports = own=4711")).Find("own"));
}
