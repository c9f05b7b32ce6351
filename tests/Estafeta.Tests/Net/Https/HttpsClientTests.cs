using System.Net;
using System.Net.Sockets;
using Estafeta.Net.Dns;
using Estafeta.Net.Https;
using Estafeta.Net.Tls;
using Estafeta.Tests.Net.Dns;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Net.Https;

/// <summary>Addresses that do not answer, answers that are cut off, and redirects.</summary>
public sealed class HttpsClientTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly ManualTime _time = new();
    private readonly StubDnsServer _dns = new();
    private readonly DnsResolver _resolver;
    private readonly TlsContext _trust;
    private readonly ScriptedHttpsServer _server;

    public HttpsClientTests()
    {
        _resolver = _dns.CreateResolver();
        _trust = TlsContext.Create(HttpsClient.TrustOptions(_certificates.CaFile, ""));
        _server = new ScriptedHttpsServer(_certificates.Issue("www.x.test"));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _resolver.DisposeAsync();
        await _dns.DisposeAsync();
        _trust.Dispose();
        _certificates.Dispose();
    }

    [Fact]
    public async Task AddressThatRefuses_TheNextIsTried()
    {
        _dns.Address("www.x.test", "127.0.0.9");
        _dns.Address("www.x.test", "127.0.0.1");
        _server.Answer = ScriptedHttpsServer.Page("hello");
        Assert.Equal("hello"u8.ToArray(), (await GetAsync()).Content);
    }

    [Fact]
    public async Task AddressThatIsSilent_TheNextIsTried()
    {
        // A queue of one that is full: further connections wait for ever.
        using var silent = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        silent.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.9"), _server.Port));
        silent.Listen(0);
        using var first = new TcpClient("127.0.0.9", _server.Port);
        _dns.Address("www.x.test", "127.0.0.9");
        _dns.Address("www.x.test", "127.0.0.1");
        _server.Answer = ScriptedHttpsServer.Page("hello");
        var getting = GetAsync();
        while (!getting.IsCompleted && !_server.Reached.IsCompleted)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(getting, _server.Reached, Task.Delay(20, Token));
        }

        Assert.Equal("hello"u8.ToArray(), (await getting).Content);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ContentWithoutLength_IsWholeWhenTheServerSaysSo(bool isCutOff)
    {
        _dns.Address("www.x.test", "127.0.0.1");
        _server.Answer = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello";
        _server.CutsOff = isCutOff;
        if (!isCutOff)
        {
            Assert.Equal("hello"u8.ToArray(), (await GetAsync()).Content);
            return;
        }

        var failure = await Assert.ThrowsAsync<HttpsException>(GetAsync);
        Assert.Equal((HttpsFailure.Answer, "HTTP: answer cut short"), (failure.Failure, failure.Message));
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        _dns.Address("www.x.test", "127.0.0.1");
        _server.Answer = "HTTP/1.1 302 Found\r\nLocation: https://www.x.test/elsewhere\r\nContent-Length: 0\r\n\r\n";
        Assert.Equal(302, (await GetAsync()).Status);
        Assert.Single(_server.Requests);
    }

    private Task<HttpAnswer> GetAsync() =>
        new HttpsClient(_resolver, _trust, _time, _server.Port).GetAsync("www.x.test", "/", 1000, TimeSpan.FromMinutes(10), Token);
}
