using System.Text;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Services.Ipc;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Services.Delivery;

public class RemoteDeliveryAgentTests
{
    private static readonly DeliveryRequest Request = new()
    {
        QueueId = "0123456789",
        Transport = "smtp",
        Nexthop = "example.net",
        Sender = "",
        Recipients =
        [
            new DeliveryRecipient(4, "a@example.net") { OriginalAddress = "b@example.org", Notify = DsnNotify.Success | DsnNotify.Delay },
            new DeliveryRecipient(9, "c@example.net") { DsnOriginalRecipient = "rfc822;c@example.net" },
        ],
        ArrivalTime = DateTimeOffset.UnixEpoch,
        ActiveTime = DateTimeOffset.UnixEpoch.AddSeconds(1),
        Client = new ClientIdentity { Name = "n", SaslUsername = "u" },
        DsnEnvelopeId = "env",
        DestinationIsBusy = true,
        ContentOctets = 12,
        Head = Encoding.ASCII.GetBytes("Subject: x\n\n"),
        Body = Encoding.ASCII.GetBytes("body\n"),
        BodyOctets = 5,
    };

    private static readonly DeliveryStatus Bounce = DeliveryStatus.Bounced("5.1.1", "host x said: no") with
    {
        Relay = "x[192.0.2.1]:25",
        RemoteMta = "x",
        DiagnosticType = "smtp",
        Diagnostic = "550 5.1.1 no",
    };

    private static readonly DeliveryPart[] Parts = [new("a@b", "", Bounce), new("c@d", "a@b", DeliveryStatus.Deferred("4.3.0", "later"))];

    [Fact]
    public async Task Deliver_ReportsEachRecipientAndTheEnd()
    {
        var agent = new FakeAgent();
        await using var server = new UnixServer(DeliveryEndpoint.Protocol, new DeliveryEndpoint(agent).ServeAsync);
        await using var remote = new RemoteDeliveryAgent(server.Path, TimeProvider.System);
        for (var round = 0; round < 2; round++)
        {
            var reports = new List<(int, DeliveryStatus)>();
            var end = await remote.DeliverAsync(Request, Collect(reports), TestContext.Current.CancellationToken);
            Assert.Equal([(4, DeliveryStatus.Sent("2.0.0", "250 ok")), (9, Bounce)], reports.Select(r => (r.Item1, r.Item2 with { Parts = null })));
            Assert.Null(reports[0].Item2.Parts);
            Assert.Equal(Parts, reports[1].Item2.Parts);
            Assert.Equal(Bounce, end.DestinationFailure);
            Assert.Equivalent(Request, agent.Last);
        }
    }

    [Fact]
    public async Task Deliver_AgentDies_ThrowsAfterTheReportsThatCame()
    {
        await using var server = new UnixServer(DeliveryEndpoint.Protocol, async (connection, stopping) =>
        {
            await connection.ReceiveAsync(stopping);
            await connection.DisposeAsync();
        });
        await using var remote = new RemoteDeliveryAgent(server.Path, TimeProvider.System);
        await Assert.ThrowsAsync<IOException>(async () =>
            await remote.DeliverAsync(Request, Collect([]), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Request_EveryPrefix_IsRefused()
    {
        using var writer = new WireWriter();
        DeliveryWire.WriteRequest(writer, Request);
        var payload = writer.Written[IpcFrame.HeaderOctets..].ToArray();
        for (var length = 0; length < payload.Length; length++)
        {
            Assert.Throws<IpcProtocolException>(() => DeliveryWire.ReadRequest(payload.AsMemory(0, length)));
        }
    }

    private static DeliveryReporter Collect(List<(int, DeliveryStatus)> reports) => (index, status) =>
    {
        reports.Add((index, status));
        return ValueTask.CompletedTask;
    };

    private sealed class FakeAgent : IDeliveryAgent
    {
        public DeliveryRequest? Last { get; private set; }

        public async ValueTask<DeliveryEnd> DeliverAsync(DeliveryRequest request, DeliveryReporter report, CancellationToken cancellationToken)
        {
            Last = request with { Head = request.Head.ToArray(), Body = request.Body.ToArray() };
            await report(request.Recipients[0].Index, DeliveryStatus.Sent("2.0.0", "250 ok"));
            await report(request.Recipients[1].Index, Bounce with { Parts = Parts });
            return new DeliveryEnd(Bounce);
        }
    }
}
