using System.Net;
using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Daemons.Postscreen;
using Estafeta.Net.Dns;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Postscreen;

/// <summary>A postscreen on loopback, its cache in a folder of its own, and behind it an smtpd that it hands clients to.</summary>
internal sealed class PostscreenFixture : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("estafeta-postscreen-").FullName;
    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _passed = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly StubDnsServer _dns = TestZone.Serve();
    private readonly DnsResolver _resolver;
    private readonly PostscreenDaemon _postscreen;
    private readonly Task _daemon;

    /// <param name="mainCf">Parameters.</param>
    /// <param name="time">Null: a hasty one.</param>
    public PostscreenFixture(string mainCf = "", TimeProvider? time = null)
    {
        // As root the cache is made as mail_owner.
        File.SetUnixFileMode(_folder, (UnixFileMode)0x1ff);
        var socket = Path.Combine(_folder, "smtpd");
        _passed.Bind(new UnixDomainSocketEndPoint(socket));
        _passed.Listen();
        Smtpd = new SmtpdFixture(Lines(mainCf, "smtpd_"), adjust: c => c with { ServiceType = "pass", Listeners = [new ListeningSocket(_passed)] });
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _resolver = _dns.CreateResolver();
        var context = new ServiceContext
        {
            ServiceName = "smtp",
            ServiceType = "inet",
            ProgramName = "postscreen",
            Parameters = ParameterSet.Parse($"{Defaults(_folder, socket)}\n{mainCf}"),
            Listeners = [new ListeningSocket(_listener)],
            Log = Log,
            Time = time ?? new HastyTime(),
            ProcessLimit = 1,
            Closing = _closing.Token,
        };
        _postscreen = new PostscreenDaemon(context, new PostscreenPartners { Resolver = _resolver });
        _daemon = _postscreen.RunAsync(context, _stopping.Token);
    }

    public SmtpdFixture Smtpd { get; }

    public MemoryMailLog Log { get; } = new();

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public SmtpdClient Connect() => new(EndPoint);

    /// <summary>The system stops.</summary>
    public void Close()
    {
        _stopping.Cancel();
        _closing.Cancel();
    }

    /// <summary>No new clients; done when those there are have ended.</summary>
    public async Task DrainAsync()
    {
        await _stopping.CancelAsync();
        await _daemon.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Close();
        await _daemon;
        await _postscreen.DisposeAsync();
        await Smtpd.DisposeAsync();
        await _dns.DisposeAsync();
        _listener.Dispose();
        _passed.Dispose();
        _stopping.Dispose();
        _closing.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static string Defaults(string folder, string socket) =>
        $"""
        {SmtpdFixture.Basics}
        mynetworks = 10.0.0.0/8
        smtpd_service_name = {socket}
        postscreen_cache_map = lmdb:{folder}/cache
        postscreen_cache_cleanup_interval = 0
        postscreen_greet_wait = 1s
        smtpd_banner = $myhostname ESMTP $mail_name
        """;

    // What both daemons read.
    private static string Lines(string mainCf, string prefix) =>
        string.Join('\n', mainCf.Split('\n').Where(l => l.StartsWith(prefix, StringComparison.Ordinal) && !l.StartsWith("smtpd_service_name", StringComparison.Ordinal)));
}
