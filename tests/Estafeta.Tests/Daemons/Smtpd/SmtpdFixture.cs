using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtpd;
using Estafeta.Net.Tls;
using Estafeta.Services.Attributes;
using Estafeta.Services.Hosting;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>An SMTP server on a loopback port with a cleanup service that only listens, and clients for it.</summary>
internal sealed class SmtpdFixture : DaemonFixture
{
    internal const string Basics = """
        compatibility_level = 3.12
        myhostname = mail.example.com
        mydomain = example.com
        myorigin = mail.example.com
        mydestination = mail.example.com, localhost
        mynetworks = 127.0.0.0/8
        inet_interfaces = 127.0.0.1
        queue_directory = /tmp
        relay_domains = relay.example
        recipient_delimiter = +
        virtual_alias_domains = va.example
        virtual_alias_maps = inline:{u@va.example=root}
        virtual_mailbox_domains = vm.example
        virtual_mailbox_maps = inline:{u@vm.example=x}
        relay_recipient_maps =
        transport_maps = inline:{{err.example = error:5.1.1 no such thing}, {retry.example = retry:4.4.4 later}, {plain.err.example = error:no such thing}, {plain.retry.example = retry:later}, {empty.err.example = error:}, {empty.retry.example = retry:}}
        local_recipient_maps =
        alias_maps =
        smtpd_forbid_bare_newline_exclusions =
        smtpd_error_sleep_time = 0
        smtpd_peername_lookup = no
        smtputf8_enable = yes
        smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
        """;

    public SmtpdFixture(string mainCf = "", TimeProvider? time = null, Func<ServiceContext, ServiceContext>? adjust = null, Func<SmtpdPartners, SmtpdPartners>? partners = null)
    {
        var context = new ServiceContext
        {
            ServiceName = "smtp",
            ServiceType = "inet",
            Parameters = ParameterSet.Parse(Basics + "\n" + mainCf),
            Listeners = [Listener],
            Log = Log,
            Time = time ?? new UtcTime(),
        };
        context = adjust?.Invoke(context) ?? context;
        var given = new SmtpdPartners(Cleanup) { FlushSite = FlushAsync };
        Run(new SmtpdDaemon(context, partners?.Invoke(given) ?? given), context);
    }

    /// <summary>Sites that ETRN was for.</summary>
    public List<string> Flushed { get; } = [];

    public async Task<SmtpdClient> ConnectAsync(bool readGreeting = true)
    {
        var client = new SmtpdClient(EndPoint);
        if (readGreeting)
        {
            Assert.StartsWith("220 ", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        return client;
    }

    /// <summary>Sends everything at once to a new session, reads until it ends, and returns the replies behind the greeting.</summary>
    public async Task<string> ConverseAsync(params string[] lines)
    {
        using var client = await ConnectAsync();
        var replies = new StringBuilder();
        foreach (var line in lines)
        {
            await client.SendAsync(line + "\r\n");
            replies.Append(await client.ReadReplyAsync()).Append('\n');
        }

        return replies.ToString();
    }

    // As with fast_flush_domains = relay.example.
    private ValueTask<string> FlushAsync(string site, CancellationToken cancellationToken)
    {
        Flushed.Add(site);
        return ValueTask.FromResult(site switch
        {
            "relay.example" => FlushStatus.Ok,
            "bad.example" => FlushStatus.BadRequest,
            "down.example" => FlushStatus.Failed,
            _ => FlushStatus.Denied,
        });
    }

    // Tests compare Received headers: one zone for all machines.
    private sealed class UtcTime : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}

internal sealed class SmtpdClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65536];
    private readonly StringBuilder _received = new();
    private Stream _stream;

    public SmtpdClient(IPEndPoint server)
    {
        _socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _socket.Connect(server);
        _stream = new NetworkStream(_socket, ownsSocket: true);
    }

    public async Task SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> octets) => await _stream.WriteAsync(octets, TestContext.Current.CancellationToken);

    /// <summary>The TLS handshake, with anything as the server's certificate.</summary>
    public async Task<TlsStream> EncryptAsync(string certificateFile = "")
    {
        using var context = TlsContext.Create(new TlsContextOptions
        {
            IsServer = false,
            ChainFiles = certificateFile.Length > 0 ? [certificateFile] : [],
        });
        return await EncryptAsync(context, null);
    }

    /// <param name="context">Its settings.</param>
    /// <param name="resumption">A session to resume; null for a new one.</param>
    public async Task<TlsStream> EncryptAsync(TlsContext context, TlsResumption? resumption)
    {
        var options = new TlsSessionOptions { ServerName = "mail.test", Resumption = resumption };
        var tls = await TlsStream.ConnectAsync(_stream, context, options, TestContext.Current.CancellationToken);
        _stream = tls;
        return tls;
    }

    /// <summary>Ends the connection without a word (RST).</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Close();
    }

    public void EndSending() => _socket.Shutdown(SocketShutdown.Send);

    public async Task<string> CommandAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReadReplyAsync();
    }

    /// <summary>One reply, lines separated by LF; empty at the end of the connection.</summary>
    public async Task<string> ReadReplyAsync()
    {
        var reply = new StringBuilder();
        while (true)
        {
            var line = await ReadLineAsync();
            if (line == null)
            {
                return reply.ToString();
            }

            reply.Append(reply.Length > 0 ? "\n" : "").Append(line);
            if (line.Length < 4 || line[3] != '-')
            {
                return reply.ToString();
            }
        }
    }

    /// <summary>All that comes until the server closes, with LF for CRLF.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var text = new StringBuilder();
        while (await ReadLineAsync() is { } line)
        {
            text.Append(line).Append('\n');
        }

        return text.ToString();
    }

    public void Dispose() => _stream.Dispose();

    public async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var text = _received.ToString();
            var end = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (end >= 0)
            {
                _received.Remove(0, end + 2);
                return text[..end];
            }

            int count;
            try
            {
                // A server that never answers fails the test instead of hanging it.
                count = await _stream.ReadAsync(_buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60));
            }
            catch (IOException)
            {
                return null;
            }

            if (count == 0)
            {
                return null;
            }

            _received.Append(Encoding.Latin1.GetString(_buffer, 0, count));
        }
    }
}
