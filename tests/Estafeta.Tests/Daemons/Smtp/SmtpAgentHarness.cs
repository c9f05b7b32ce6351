using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Configuration;
using Estafeta.Daemons.Smtp;
using Estafeta.Mail.Dsn;
using Estafeta.Net.Dns;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Services.TlsManagement;
using Estafeta.Tables;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>An smtp or lmtp agent with its own name server, and what it logged and reported.</summary>
public sealed partial class SmtpAgentHarness : IAsyncDisposable
{
    private readonly TableSet _tables;
    private readonly DnsResolver _resolver;

    public SmtpAgentHarness(string mainCf = "", bool isLmtp = false, TimeProvider? time = null, ITlsManager? tlsManager = null)
    {
        // How long a connection is kept must not decide a test.
        const string Basics = """
            myhostname = client.example.test
            inet_protocols = ipv4
            smtp_tls_security_level =
            smtp_connection_cache_time_limit = 1000s
            lmtp_connection_cache_time_limit = 1000s
            connection_cache_ttl_limit = 1000s

            """;
        var parameters = ParameterSet.Parse(Basics + mainCf);
        _tables = new TableSet(parameters);
        _resolver = Dns.CreateResolver();
        Agent = SmtpAgent.Create(_tables, isLmtp, _resolver, Log, time ?? TimeProvider.System, tlsManager: tlsManager, transports: name => new OtherAgent(name, Passed));
    }

    public StubDnsServer Dns { get; } = new();

    public MemoryMailLog Log { get; } = new();

    public SmtpAgent Agent { get; }

    public Dictionary<int, DeliveryStatus> Reports { get; } = [];

    /// <summary>What was handed to another transport: transport, next hop and recipient.</summary>
    public List<string> Passed { get; } = [];

    /// <summary>Log lines without queue id and delays, ports as 25.</summary>
    public IEnumerable<string> Lines => Log.Lines.Select(Normalize);

    public static DeliveryRequest Request(string nexthop, params string[] recipients) => new()
    {
        QueueId = "4QID",
        Transport = "smtp",
        Nexthop = nexthop,
        Sender = "s@send.test",
        Recipients = [.. recipients.Select((r, i) => new DeliveryRecipient(i, r) { OriginalAddress = r })],
        ArrivalTime = DateTimeOffset.UtcNow,
        ActiveTime = DateTimeOffset.UtcNow,
        Head = "Subject: x\n\n"u8.ToArray(),
        Body = "hello\n.dot\n.\n"u8.ToArray(),
        BodyOctets = 13,
        ContentOctets = 25,
    };

    public static DeliveryRequest WithBody(DeliveryRequest request, string body)
    {
        var octets = Encoding.Latin1.GetBytes(body);
        return request with { Body = octets, BodyOctets = octets.Length, ContentOctets = request.Head.Length + octets.Length };
    }

    public async Task<DeliveryEnd> DeliverAsync(DeliveryRequest request)
    {
        return await Agent.DeliverAsync(request, Report, TestContext.Current.CancellationToken);

        ValueTask Report(int index, DeliveryStatus status)
        {
            lock (Reports)
            {
                Reports.Add(index, status); // twice for one recipient fails the test
            }

            return ValueTask.CompletedTask;
        }
    }

    /// <summary>What the content checks alone make of a message that comes in pieces of a size.</summary>
    public async Task<string> FilterAsync(ReadOnlyMemory<byte> content, int size)
    {
        var checks = OutgoingChecks.Open(new SmtpParameters(_tables.Parameters, false), _tables, Log.Warning);
        var filter = new CheckedContent(checks, "4QID", Log);
        var result = new StringBuilder();
        for (; content.Length > 0; content = content[Math.Min(size, content.Length)..])
        {
            var piece = content[..Math.Min(size, content.Length)];
            result.Append(Encoding.Latin1.GetString((await filter.FilterAsync(piece, false, TestContext.Current.CancellationToken)).Span));
        }

        return result.Append(Encoding.Latin1.GetString((await filter.FilterAsync(default, true, TestContext.Current.CancellationToken)).Span)).ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await Agent.DisposeAsync();
        await _resolver.DisposeAsync();
        await Dns.DisposeAsync();
        await _tables.DisposeAsync();
    }

    /// <summary>Takes what it gets; <c>none</c> is not there.</summary>
    private sealed class OtherAgent(string name, List<string> passed) : IDeliveryAgent
    {
        public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
        {
            if (name == "none")
            {
                throw new TransportUnavailableException("No such file or directory", new IOException());
            }

            passed.Add($"{name} {request.Transport} {request.Nexthop} {Assert.Single(request.Recipients).Address}");
            await report(request.Recipients[0].Index, DeliveryStatus.Sent("2.0.0", "passed"));
            return DeliveryEnd.Good;
        }
    }

    private static string Normalize(string line) => Ports().Replace(Delays().Replace(line.Replace("4QID: ", "", StringComparison.Ordinal), ""), "]:25");

    [GeneratedRegex(@", delay=[0-9.]+, delays=[0-9./]+")]
    private static partial Regex Delays();

    [GeneratedRegex(@"\]:[0-9]+")]
    private static partial Regex Ports();
}
