using System.Net;
using Estafeta.Net.OAuth;
using Estafeta.Tests.Net.Https;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Net.OAuth;

/// <summary>The token endpoint over TLS, there directly and through a proxy.</summary>
public sealed class OAuthHttpTests : IAsyncDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly ScriptedHttpsServer _server;

    public OAuthHttpTests() =>
        _server = new ScriptedHttpsServer(_certificates.Issue("localhost")) { Answer = ScriptedHttpsServer.Page("""{"a":1}""", "application/json") };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Url => $"https://localhost:{_server.Port}/token?x=y";

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificates.Dispose();
    }

    [Fact]
    public async Task Form_GoesToAServerThatProvesItsName()
    {
        using var http = new OAuthHttp("", _certificates.CaFile);
        var (status, body) = await http.PostAsync(Url, [new("one", "a b&c"), new("two", "ñ")], ("m e", "p:w"), Token);
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(1, body.GetProperty("a").GetInt32());
        Assert.Equal(
            $"""
            POST /token?x=y HTTP/1.1
            Host: localhost:{_server.Port}
            User-Agent: Estafeta
            Content-Type: application/x-www-form-urlencoded
            Content-Length: 22
            Accept: application/json
            Authorization: Basic bStlOnAlM0F3
            Connection: close

            one=a+b%26c&two=%C3%B1
            """.ReplaceLineEndings("\r\n"),
            Assert.Single(_server.Requests));
    }

    [Theory]
    [InlineData(false, "localhost")]
    [InlineData(true, "127.0.0.1")]
    public async Task ServerThatDoesNotProveItsName_GetsNothing(bool isTrusted, string host)
    {
        using var http = new OAuthHttp("", isTrusted ? _certificates.CaFile : "");
        var url = $"https://{host}:{_server.Port}/";
        var trouble = await Assert.ThrowsAsync<IOException>(() => http.PostAsync(url, [new("secret", "s")], null, Token));
        Assert.StartsWith($"{url}: {host}: server certificate not verified: ", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_server.Requests, static request => request.Length > 0);
    }

    [Fact]
    public async Task AuthorityFile_ThatComesLate_IsRead()
    {
        var path = Path.Combine(Path.GetDirectoryName(_certificates.CaFile)!, "late.pem");
        using var http = new OAuthHttp("", path);
        await Assert.ThrowsAsync<IOException>(() => http.PostAsync(Url, [], null, Token));
        File.Copy(_certificates.CaFile, path);
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync(Url, [], null, Token)).Status);
    }

    [Fact]
    public async Task AnswerThatIsTooLong_IsTrouble()
    {
        _server.Answer = ScriptedHttpsServer.Page($"\"{new string('x', 1024 * 1024)}\"", "application/json");
        using var http = new OAuthHttp("", _certificates.CaFile);
        var trouble = await Assert.ThrowsAsync<IOException>(() => http.PostAsync(Url, [], null, Token));
        Assert.Equal($"{Url}: HTTP: content too long", trouble.Message);
    }

    [Fact]
    public async Task Proxy_JoinsUsToTheServer()
    {
        await using var proxy = new ConnectProxy(_server.Port, "HTTP/1.1 200 Connection established\r\nContent-Length: 5\r\n\r\n");
        using var http = new OAuthHttp($"http://ana:s%40x@127.0.0.1:{proxy.Port}", _certificates.CaFile);
        Assert.Equal(HttpStatusCode.OK, (await http.PostAsync(Url, [new("a", "b")], null, Token)).Status);
        Assert.Equal(
            $"CONNECT localhost:{_server.Port} HTTP/1.1\r\nHost: localhost:{_server.Port}\r\nProxy-Authorization: Basic YW5hOnNAeA==\r\n\r\n",
            Assert.Single(proxy.Requests));
        Assert.EndsWith("\r\n\r\na=b", Assert.Single(_server.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProxyThatRefuses_IsTrouble()
    {
        await using var proxy = new ConnectProxy(_server.Port, "HTTP/1.1 407 Who are you\r\n\r\n");
        using var http = new OAuthHttp($"127.0.0.1:{proxy.Port}", _certificates.CaFile);
        var trouble = await Assert.ThrowsAsync<IOException>(() => http.PostAsync(Url, [new("a", "b")], null, Token));
        Assert.Equal($"{Url}: proxy 127.0.0.1 answered 407", trouble.Message);
        Assert.Empty(_server.Requests);
    }

    [Theory]
    [InlineData("socks5://127.0.0.1:1080")]
    [InlineData("https://proxy.example.test")]
    [InlineData("http://")]
    public async Task OtherProxies_AreTrouble(string proxy)
    {
        using var http = new OAuthHttp(proxy, _certificates.CaFile);
        var trouble = await Assert.ThrowsAsync<IOException>(() => http.PostAsync(Url, [], null, Token));
        Assert.Equal($"{Url}: a proxy that is not http://host:port is not supported", trouble.Message);
    }
}
