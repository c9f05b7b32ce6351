using Estafeta.Configuration;
using Estafeta.Net.Tls;
using Estafeta.Net.Tls.Server;
using Estafeta.Tables;

namespace Estafeta.Tests.Net.Tls;

/// <summary>Session tickets: whose key opens them, for how long, and in which service.</summary>
public sealed class TicketTests : IDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    private readonly TestCertificates _certificates = new();
    private readonly ManualTime _time = new();
    private readonly List<string> _log = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _certificates.Dispose();

    private TicketKeys Keys(params TicketKey[] keys)
    {
        var held = new TicketKeys(_time);
        held.Replace(keys);
        return held;
    }

    private TicketKey Key(TimeSpan from) => TicketKey.Generate(_time.GetUtcNow() + from, _time.GetUtcNow() + from + (2 * Lifetime));

    private TlsServer Server(TicketKeys keys, string service = "smtpd/smtp", string mainCf = "")
    {
        var settings = TlsServerSettings.Load(ParameterSet.Parse(
            $"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\n{mainCf}"));
        settings = settings with { Context = settings.Context with { Tickets = keys, SessionContext = service } };
        return new TlsServer(settings, MapList.Empty, _log.Add, _log.Add, TimeProvider.System);
    }

    private static TlsContext Client(string protocols) => TlsContext.Create(new TlsContextOptions
    {
        IsServer = false,
        Protocols = TlsProtocols.Parse("test", protocols),
    });

    /// <summary>One connection: whether it was resumed, and what the next may resume.</summary>
    private static async Task<(bool IsResumed, TlsResumption? Next)> ConnectAsync(TlsServer server, TlsContext client, TlsResumption? with)
    {
        var (left, right) = await TlsPair.ConnectAsync();
        var accepting = server.AcceptAsync(left, "client", Token);
        await using var tls = await TlsStream.ConnectAsync(right, client, new TlsSessionOptions { Resumption = with }, Token);
        await using var accepted = await accepting;
        await accepted!.WriteAsync("220 hello\r\n"u8.ToArray(), Token);
        Assert.True(await tls.ReadAsync(new byte[100], Token) > 0); // the ticket comes with it
        return (tls.Negotiated.IsResumed, tls.TakeResumption());
    }

    [Theory]
    [InlineData("TLSv1.3")]
    [InlineData("TLSv1.2")]
    public async Task Ticket_OfOneProcess_IsGoodInAnother(string protocol)
    {
        var key = Key(TimeSpan.Zero);
        using var one = Server(Keys(key));
        using var other = Server(Keys(key));
        using var stranger = Server(Keys(Key(TimeSpan.Zero)));
        using var client = Client(protocol);
        var first = await ConnectAsync(one, client, null);
        Assert.False(first.IsResumed);
        var second = await ConnectAsync(other, client, first.Next);
        Assert.True(second.IsResumed);
        Assert.NotNull(second.Next);
        Assert.False((await ConnectAsync(stranger, client, second.Next)).IsResumed);
    }

    // threats.md B10
    [Theory]
    [InlineData("TLSv1.3")]
    [InlineData("TLSv1.2")]
    public async Task Ticket_OfOneService_IsNothingToAnother(string protocol)
    {
        var key = Key(TimeSpan.Zero);
        using var relay = Server(Keys(key), "smtpd/smtp");
        using var submission = Server(Keys(key), "smtpd/submission");
        using var client = Client(protocol);
        var first = await ConnectAsync(relay, client, null);
        Assert.False((await ConnectAsync(submission, client, first.Next)).IsResumed);
    }

    [Fact]
    public async Task Keys_ChangeWithoutLosingTickets_UntilTheOldExpires()
    {
        var keys = Keys(Key(TimeSpan.Zero), Key(Lifetime));
        using var server = Server(keys);
        using var client = Client("TLSv1.3");
        var first = await ConnectAsync(server, client, null);
        var again = await ConnectAsync(server, client, null);
        _time.Advance(Lifetime);
        Assert.True((await ConnectAsync(server, client, first.Next)).IsResumed);
        _time.Advance(Lifetime);
        Assert.False((await ConnectAsync(server, client, again.Next)).IsResumed);
    }

    [Fact]
    public async Task WithoutTlsmgr_TicketsAreGoodInTheProcess()
    {
        using var server = Server(new TicketKeys(_time));
        using var client = Client("TLSv1.3");
        Assert.True((await ConnectAsync(server, client, (await ConnectAsync(server, client, null)).Next)).IsResumed);
    }

    [Fact]
    public async Task TicketFromBeforeTheKeysCame_IsGoodInTheProcess()
    {
        var keys = new TicketKeys(_time);
        using var server = Server(keys);
        using var client = Client("TLSv1.3");
        var early = (await ConnectAsync(server, client, null)).Next;
        keys.Replace([Key(TimeSpan.Zero)]);
        Assert.True((await ConnectAsync(server, client, early)).IsResumed);
    }

    [Theory]
    [InlineData("aes-128-cbc", true)]
    [InlineData("", false)]
    public async Task Cipher_IsTheConfiguredOne(string cipher, bool isResumed)
    {
        using var server = Server(new TicketKeys(_time), mainCf: $"tls_session_ticket_cipher = {cipher}\n");
        using var client = Client("TLSv1.3");
        Assert.Equal(isResumed, (await ConnectAsync(server, client, (await ConnectAsync(server, client, null)).Next)).IsResumed);
    }

    [Theory]
    [InlineData("rot13")]
    [InlineData("aes-256-xts")]
    public void Cipher_ThatCannotBe_IsSaid(string cipher)
    {
        using var server = Server(new TicketKeys(_time), mainCf: $"tls_session_ticket_cipher = {cipher}\n");
        Assert.False(server.IsAvailable);
        Assert.Equal($"invalid session ticket cipher \"{cipher}\"", _log[0]);
    }

    [Theory]
    [InlineData("smtpd_tls_session_cache_database = btree:whatever\ntls_session_ticket_cipher =\n", true)]
    [InlineData("tls_session_ticket_cipher =\n", false)]
    public async Task SessionCache_IsForClientsWithoutTickets(string mainCf, bool isResumed)
    {
        using var server = Server(new TicketKeys(_time), mainCf: mainCf);
        using var client = Client("TLSv1.2");
        Assert.Equal(isResumed, (await ConnectAsync(server, client, (await ConnectAsync(server, client, null)).Next)).IsResumed);
    }

    [Fact]
    public async Task LogLevelTwo_TellsTheStepsAsPostfix()
    {
        using var server = Server(new TicketKeys(_time), mainCf: "smtpd_tls_loglevel = 2\n");
        using var client = Client("TLSv1.3");
        await ConnectAsync(server, client, null);
        Assert.Equal(
            [
                "setting up TLS connection from client",
                "SSL_accept:before SSL initialization",
                "SSL_accept:SSLv3/TLS read client hello",
                "SSL_accept:SSLv3/TLS write server hello",
                "SSL_accept:SSLv3/TLS write change cipher spec",
                "SSL_accept:TLSv1.3 write encrypted extensions",
                "SSL_accept:SSLv3/TLS write certificate",
                "SSL_accept:TLSv1.3 write server certificate verify",
                "SSL_accept:SSLv3/TLS write finished",
                "SSL_accept:TLSv1.3 early data",
                "SSL_accept:SSLv3/TLS read finished",
                "SSL_accept:SSLv3/TLS write session ticket",
            ],
            _log.Where(l => !l.Contains("cipher", StringComparison.Ordinal) || l.Contains("change cipher spec", StringComparison.Ordinal)).Distinct());
        Assert.Contains(_log, l => l.StartsWith("client: TLS cipher list \"aNULL:", StringComparison.Ordinal));
        Assert.Contains(_log, l => l.StartsWith("Anonymous TLS connection established from client: TLSv1.3", StringComparison.Ordinal));
    }

    [Fact]
    public void DhParameters_OfAFile()
    {
        using var good = Server(new TicketKeys(_time), mainCf: $"smtpd_tls_dh1024_param_file = {_certificates.Write("dh.pem", Dh)}\n");
        Assert.True(good.IsAvailable);
        using var bad = Server(new TicketKeys(_time), mainCf: "smtpd_tls_dh1024_param_file = /nonexistent\n");
        Assert.False(bad.IsAvailable);
        Assert.Equal("cannot load DH parameters from file /nonexistent", _log[0]);
    }

    // ffdhe2048 of RFC 7919
    private const string Dh =
        """
        -----BEGIN DH PARAMETERS-----
        MIIBDAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
        +8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
        87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
        YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
        7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
        ssbzSibBsu/6iGtCOGEoXJf//////////wIBAgICAOE=
        -----END DH PARAMETERS-----
        """;
}
