using Estafeta.Configuration;
using Estafeta.Daemons.Smtp;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Delivery;
using Estafeta.Tests.Net;

namespace Estafeta.Tests.Daemons.Smtp;

public sealed class SmtpAgentTests
{
    private const string Mx1 = "mx1.x.test[127.0.0.1]";
    private const string Mx2 = "mx2.x.test[127.0.0.2]";

    /// <summary>Two servers on one port, of which the first is preferred.</summary>
    private static async Task<(ScriptedSmtpServer First, ScriptedSmtpServer Second)> TwoServersAsync(SmtpAgentHarness harness)
    {
        GiveTwoHosts(harness);
        while (true)
        {
            var first = new ScriptedSmtpServer();
            try
            {
                return (first, new ScriptedSmtpServer("127.0.0.2", first.Port));
            }
            catch (System.Net.Sockets.SocketException)
            {
                await first.DisposeAsync(); // somebody has that port on the other address
            }
        }
    }

    private static void GiveTwoHosts(SmtpAgentHarness harness) =>
        harness.Dns.Mx("x.test", 10, "mx1.x.test").Mx("x.test", 20, "mx2.x.test").Address("mx1.x.test", "127.0.0.1").Address("mx2.x.test", "127.0.0.2");

    private static IEnumerable<string> Lines(SmtpAgentHarness harness) =>
        harness.Lines.Select(line => line.Replace(", tls=none?", "", StringComparison.Ordinal).Replace(", tls=none", "", StringComparison.Ordinal));

    [Theory]
    [InlineData("GREET", "450 4.7.0 busy", $"host {Mx1} refused to talk to me: 450 4.7.0 busy")]
    [InlineData("MAIL", "CLOSE", $"lost connection with {Mx1} while sending MAIL FROM")]
    [InlineData("DATA", "421 4.3.0 going", $"host {Mx1} said: 421 4.3.0 going (in reply to DATA command)")]
    [InlineData("EOD", "450 4.2.1 wait", $"host {Mx1} said: 450 4.2.1 wait (in reply to end of DATA command)")]
    [InlineData("EOD", "CLOSE", $"lost connection with {Mx1} while sending end of data -- message may be sent more than once")]
    public async Task FirstServerFailsForNow_SecondIsTried(string verb, string reply, string logged)
    {
        await using var harness = new SmtpAgentHarness();
        var (first, second) = await TwoServersAsync(harness);
        await using var _ = first.On(verb, reply);
        await using var __ = second;
        var end = await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{first.Port}", "u@x.test"));
        Assert.Equal([logged, $"to=<u@x.test>, relay={Mx2}:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)"], Lines(harness));
        Assert.Null(end.DestinationFailure);
    }

    [Theory]
    [InlineData("MAIL", "550 5.7.1 no", $"host {Mx1} said: 550 5.7.1 no (in reply to MAIL FROM command)")]
    [InlineData("HELO", "550 5.7.1 no", $"host {Mx1} refused to talk to me: 550 5.7.1 no")]
    public async Task FirstServerRefuses_SecondIsNotTried(string verb, string reply, string reason)
    {
        await using var harness = new SmtpAgentHarness();
        var (first, second) = await TwoServersAsync(harness);
        await using var _ = first.On(verb, reply);
        first.On("EHLO", verb == "HELO" ? "500 what" : ScriptedSmtpServer.DefaultEhlo);
        await using var __ = second;
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{first.Port}", "u@x.test"));
        Assert.Equal([$"to=<u@x.test>, relay={Mx1}:25, dsn=5.7.1, status=bounced ({reason})"], Lines(harness));
        Assert.Equal(0, second.Connections);
    }

    [Fact]
    public async Task RecipientsNotTaken_GoToTheSecondServer()
    {
        await using var harness = new SmtpAgentHarness();
        var (first, second) = await TwoServersAsync(harness);
        await using var _ = first.On("RCPT", "250 2.1.5 ok", "450 4.2.1 wait", "550 5.1.1 never");
        await using var __ = second;
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{first.Port}", "u1@x.test", "u2@x.test", "u3@x.test"));
        Assert.Equal(
            [
                $"host {Mx1} said: 450 4.2.1 wait (in reply to RCPT TO command)",
                $"to=<u3@x.test>, relay={Mx1}:25, dsn=5.1.1, status=bounced (host {Mx1} said: 550 5.1.1 never (in reply to RCPT TO command))",
                $"to=<u1@x.test>, relay={Mx1}:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)",
                $"to=<u2@x.test>, relay={Mx2}:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)",
            ],
            Lines(harness));
    }

    [Fact]
    public async Task NobodyListens_IsLoggedAndDeferred_AndSlowsTheDestinationDown()
    {
        await using var harness = new SmtpAgentHarness();
        GiveTwoHosts(harness);
        using var port = ClosedPort.Tcp();
        var end = await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{port.Number}", "u@x.test"));
        Assert.Equal(
            [
                $"connect to {Mx1}:25: Connection refused",
                $"connect to {Mx2}:25: Connection refused",
                $"to=<u@x.test>, relay=none, dsn=4.4.1, status=deferred (connect to {Mx2}:25: Connection refused)",
            ],
            Lines(harness));
        Assert.StartsWith("connect to mx2.x.test", end.DestinationFailure!.Reason);
    }

    [Fact]
    public async Task SessionLimit_EndsTheTries()
    {
        await using var harness = new SmtpAgentHarness("smtp_mx_session_limit = 1\n");
        var (first, second) = await TwoServersAsync(harness);
        await using var _ = first.On("GREET", "450 4.7.0 busy");
        await using var __ = second;
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{first.Port}", "u@x.test"));
        Assert.Equal([$"to=<u@x.test>, relay={Mx1}:25, dsn=4.7.0, status=deferred (host {Mx1} refused to talk to me: 450 4.7.0 busy)"], Lines(harness));
        Assert.Equal(0, second.Connections);
    }

    [Fact]
    public async Task NexthopList_AndFallback_AreTriedInOrder()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness($"smtp_fallback_relay = [127.0.0.1]:{server.Port}\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request("nx1.test, [nx2.test]", "u@x.test"));
        Assert.Equal(["to=<u@x.test>, relay=127.0.0.1[127.0.0.1]:25, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)"], Lines(harness));
    }

    [Fact]
    public async Task FallbackThatDoesNotExist_IsOurMistake()
    {
        await using var harness = new SmtpAgentHarness("smtp_fallback_relay = [fb.test]\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request("nx1.test", "u@x.test"));
        Assert.Equal(
            [
                "warning: smtp_fallback_relay configuration problem",
                "to=<u@x.test>, relay=none, dsn=4.3.5, status=deferred (Host or domain name not found. Name service error for name=fb.test type=A: Host not found)",
            ],
            Lines(harness));
    }

    // Lines recorded from Postfix.
    [Theory]
    [InlineData("[nx.test]", "Host or domain name not found. Name service error for name=nx.test type=A: Host not found")]
    [InlineData("self.test", "mail for self.test loops back to myself")]
    public async Task RelayhostThatDoesNotExist_IsOurMistake(string relayhost, string reason)
    {
        await using var harness = new SmtpAgentHarness($"relayhost = {relayhost}\nbest_mx_transport = other\nproxy_interfaces = 192.0.2.99\n");
        harness.Dns.Mx("self.test", 10, "me.test").Address("me.test", "192.0.2.99");
        await harness.DeliverAsync(SmtpAgentHarness.Request(relayhost, "u@x.test"));
        Assert.Equal(
            ["warning: relayhost configuration problem", $"to=<u@x.test>, relay=none, dsn=4.3.5, status=deferred ({reason})"], Lines(harness));
    }

    [Fact]
    public async Task BestMxTransport_GetsMailThatWouldLoop()
    {
        await using var harness = new SmtpAgentHarness("best_mx_transport = other:hop\nproxy_interfaces = 192.0.2.99\n");
        harness.Dns.Mx("self.test", 10, "me.test").Address("me.test", "192.0.2.99");
        await harness.DeliverAsync(SmtpAgentHarness.Request("self.test, [127.0.0.1]:1", "u@self.test", "v@self.test"));
        Assert.Equal(["passing <u@self.test> to transport=other", "passing <v@self.test> to transport=other"], Lines(harness));
        Assert.Equal(["other other hop u@self.test", "other other hop v@self.test"], harness.Passed);
        Assert.Equal(["passed", "passed"], harness.Reports.Values.Select(s => s.Reason));
    }

    [Fact]
    public async Task BestMxTransport_ThatIsNotThere_LeavesTheMailForLater()
    {
        await using var harness = new SmtpAgentHarness("best_mx_transport = none\nproxy_interfaces = 192.0.2.99\n");
        harness.Dns.Mx("self.test", 10, "me.test").Address("me.test", "192.0.2.99");
        await harness.DeliverAsync(SmtpAgentHarness.Request("self.test", "u@self.test"));
        Assert.Equal(
            [
                "passing <u@self.test> to transport=none",
                "warning: connect #1 to subsystem private/none: No such file or directory",
                "to=<u@self.test>, relay=none, dsn=4.3.0, status=deferred (mail transport unavailable)",
            ],
            Lines(harness));
    }

    [Theory]
    [InlineData("debug_peer_list = 127.0.0.1\ndebug_peer_level = 1", true, false)]
    [InlineData("debug_peer_list = 127.0.0.1", true, true)]
    [InlineData("debug_peer_list = x.test", true, true)]
    [InlineData("debug_peer_list = mx1.test", true, true)]
    [InlineData("debug_peer_list = other.test", false, false)]
    public async Task DebugPeers_ByNexthopNameOrAddress_AndLevel(string setting, bool showsDialogue, bool showsDecisions)
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness($"{setting}\nsmtp_tcp_port = {server.Port}\n");
        harness.Dns.Mx("x.test", 10, "mx1.test").Address("mx1.test", "127.0.0.1");
        await harness.DeliverAsync(SmtpAgentHarness.Request("x.test", "u@x.test"));
        Assert.Equal(showsDialogue, harness.Lines.Contains("> mx1.test[127.0.0.1]:25: EHLO client.example.test"));
        Assert.Equal(showsDecisions, harness.Lines.Any(l => l.StartsWith("mx1.test[127.0.0.1]:25: use 1 of the connection, TLS none, login none", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("no", "alias.test[127.0.0.1]:25")]
    [InlineData("yes", "real.test[127.0.0.1]:25")]
    public async Task Cname_OverridesTheServersName_WhenAsked(string setting, string relay)
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness($"smtp_cname_overrides_servername = {setting}\nsmtp_tcp_port = {server.Port}\n");
        harness.Dns.Mx("x.test", 10, "alias.test").Alias("alias.test", "real.test").Address("real.test", "127.0.0.1");
        await harness.DeliverAsync(SmtpAgentHarness.Request("x.test", "u@x.test"));
        Assert.Equal([$"to=<u@x.test>, relay={relay}, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as ABC)"], Lines(harness));
    }

    // What Postfix's client says when it dies of them.
    [Theory]
    [InlineData("[]", "valid hostname or network address required in server description: []")]
    [InlineData("[127.0.0.11", "missing \"]\" in server description: [127.0.0.11")]
    [InlineData("[127.0.0.11]x", "garbage after \"]\" in server description: [127.0.0.11]x")]
    [InlineData(":25", "missing host information in server description: :25")]
    [InlineData("[127.0.0.11]:nosuch", "unknown service: nosuch/tcp")]
    [InlineData("127.0.0.11:99999", "bad network port: 99999 for destination: 127.0.0.11:99999")]
    public async Task NexthopThatIsNone_LeavesTheMailForLater(string nexthop, string warning)
    {
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request(nexthop, "u@x.test"));
        Assert.Equal($"warning: {warning}", harness.Log.Lines[0]);
        Assert.Equal("4.3.5 Server configuration error", $"{harness.Reports[0].Status} {harness.Reports[0].Reason}");
    }

    [Fact]
    public async Task NoSuchDomain_Bounces()
    {
        await using var harness = new SmtpAgentHarness();
        var end = await harness.DeliverAsync(SmtpAgentHarness.Request("nx.test", "u@nx.test"));
        Assert.Equal(
            ["to=<u@nx.test>, relay=none, dsn=5.4.4, status=bounced (Host or domain name not found. Name service error for name=nx.test type=A: Host not found)"],
            Lines(harness));
        Assert.Null(end.DestinationFailure);
    }

    [Fact]
    public async Task BusyDestination_KeepsTheConnection()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness();
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { DestinationIsBusy = true };
        await harness.DeliverAsync(request);
        harness.Reports.Clear();
        await harness.DeliverAsync(request);
        harness.Reports.Clear();
        await harness.DeliverAsync(request with { DestinationIsBusy = false });
        Assert.Equal(1, server.Connections);
        Assert.DoesNotContain("conn_use", harness.Log.Lines[0]);
        Assert.Contains("conn_use=2", harness.Log.Lines[1]);
        Assert.Contains("conn_use=3", harness.Log.Lines[2]);
        await server.ClientsGoneAsync();
        Assert.EndsWith("QUIT", server.Commands);
        Assert.Single(server.Transcript, "QUIT");
    }

    [Fact]
    public async Task KeptConnection_AfterRefusedMessage_IsReset()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "550 5.1.1 no", "250 2.1.5 Ok").On("EOD", "554 5.5.1 no recipients", "250 2.0.0 Ok");
        await using var harness = new SmtpAgentHarness();
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { DestinationIsBusy = true };
        await harness.DeliverAsync(request);
        harness.Reports.Clear();
        await harness.DeliverAsync(request);
        Assert.Equal(1, server.Connections);
        Assert.Contains("RSET\nMAIL FROM", server.Commands);
        Assert.Equal(DeliveryAction.Sent, harness.Reports[0].Action);
    }

    [Theory]
    [InlineData("CLOSE")]
    [InlineData("421 4.4.2 idle+CLOSE")]
    [InlineData("RST")]
    public async Task KeptConnection_ThatDied_IsReplacedSilently(string reply)
    {
        await using var server = new ScriptedSmtpServer().On("MAIL", "250 2.1.0 Ok", reply, "250 2.1.0 Ok");
        await using var harness = new SmtpAgentHarness();
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { DestinationIsBusy = true };
        await harness.DeliverAsync(request);
        harness.Reports.Clear();
        await harness.DeliverAsync(request);
        Assert.Equal(2, server.Connections);
        Assert.Equal(2, harness.Log.Lines.Count);
        Assert.Equal(DeliveryAction.Sent, harness.Reports[0].Action);
    }

    [Fact]
    public async Task KeptConnection_ReuseCountLimit_Ends()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness("smtp_connection_reuse_count_limit = 2\n");
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { DestinationIsBusy = true };
        for (var i = 0; i < 3; i++)
        {
            harness.Reports.Clear();
            await harness.DeliverAsync(request);
        }

        Assert.Equal(2, server.Connections);
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("smtp_connection_cache_time_limit = 60s\n", 2)]
    [InlineData("smtp_connection_cache_time_limit = 60s\nconnection_cache_ttl_limit = 10s\n", 10)]
    [InlineData("smtp_connection_cache_time_limit = 1s\nconnection_cache_ttl_limit = 10s\n", 1)]
    public void KeptConnection_StaysNoLongerThanTheCacheAllows(string mainCf, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), ConnectionReuse.Load(new SmtpParameters(ParameterSet.Parse(mainCf), false)).CacheTimeLimit);

    [Fact]
    public async Task CachedDestination_KeepsWithoutDemand()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness("smtp_connection_cache_destinations = x.test\n");
        harness.Dns.Mx("x.test", 10, "mx1.x.test").Address("mx1.x.test", "127.0.0.1");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        harness.Reports.Clear();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"x.test:{server.Port}", "u@x.test"));
        Assert.Equal(1, server.Connections);
    }

    [Fact]
    public async Task Envelope_CarriesEverythingTheServerKnows()
    {
        await using var server = new ScriptedSmtpServer().On(
            "EHLO", "250-mx\n250-PIPELINING\n250-SIZE\n250-8BITMIME\n250-DSN\n250-SMTPUTF8\n250-AUTH PLAIN\n250 XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT");
        await using var harness = new SmtpAgentHarness("smtp_send_xforward_command = yes\nsmtp_send_dummy_mail_auth = yes\n");
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}") with
        {
            Sender = "a b@send.test",
            Is8Bit = true,
            NeedsSmtpUtf8 = true,
            DsnEnvelopeId = "abc+d",
            DsnReturn = DsnReturn.Headers,
            Client = new ClientIdentity { Name = "localhost", Address = "2001:db8::1", Port = "43328", Protocol = "ESMTP", Helo = "client.test", IsLocal = true },
            Recipients =
            [
                new DeliveryRecipient(0, "ré@x.test") { Notify = DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, DsnOriginalRecipient = "rfc822;foo+bar@x.test" },
                new DeliveryRecipient(1, "u x@x.test") { Notify = DsnNotify.Never, OriginalAddress = "u x@x.test" },
            ],
        };
        await harness.DeliverAsync(request);
        await server.ClientsGoneAsync();
        Assert.Equal(
            """
            EHLO client.example.test
            XFORWARD NAME=localhost ADDR=IPV6:2001:db8::1 PORT=43328
            XFORWARD PROTO=ESMTP HELO=client.test IDENT=4QID SOURCE=LOCAL
            MAIL FROM:<"a b"@send.test> SIZE=25 BODY=8BITMIME ENVID=abc+2Bd RET=HDRS SMTPUTF8 AUTH=<>
            RCPT TO:<rÃ©@x.test> ORCPT=rfc822;foo+2Bbar@x.test NOTIFY=SUCCESS,FAILURE,DELAY
            RCPT TO:<"u x"@x.test> ORCPT=rfc822;"u+20x"@x.test NOTIFY=NEVER
            DATA
            .
            QUIT
            """,
            server.Commands);
        Assert.Null(harness.Reports[0].SuccessWord);
    }

    [Fact]
    public async Task Content_IsOnTheWireAsSmtp()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness();
        var body = new string('x', 1500) + "\n.dot\n.\nlast";
        await harness.DeliverAsync(SmtpAgentHarness.WithBody(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"), body));
        await server.ClientsGoneAsync();
        Assert.Equal("Subject: x\r\n\r\n" + new string('x', 998) + "\r\n " + new string('x', 502) + "\r\n..dot\r\n..\r\nlast\r\n", server.Content);
        Assert.Equal("4QID: breaking line > 998 bytes with <CR><LF>SPACE", harness.Log.Lines[0]);
    }

    [Fact]
    public async Task BigBody_FromFile_ArrivesWhole()
    {
        var path = Path.GetTempFileName();
        try
        {
            var line = new string('y', 70) + "\n";
            var text = string.Concat(Enumerable.Repeat(line, 20_000));
            await File.WriteAllTextAsync(path, text, TestContext.Current.CancellationToken);
            await using var server = new ScriptedSmtpServer();
            await using var harness = new SmtpAgentHarness();
            var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { Body = default, BodyPath = path, BodyOctets = text.Length };
            await harness.DeliverAsync(request);
            await server.ClientsGoneAsync();
            Assert.Equal("Subject: x\r\n\r\n" + text.Replace("\n", "\r\n", StringComparison.Ordinal), server.Content);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task ManyRecipients_ArePipelinedInGroups()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness();
        var recipients = Enumerable.Range(0, 1000).Select(i => $"recipient-number-{i}@a-rather-long-domain-name.test").ToArray();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", recipients));
        Assert.Equal(1000, harness.Reports.Count);
        Assert.All(harness.Reports.Values, status => Assert.Equal(DeliveryAction.Sent, status.Action));
    }

    [Fact]
    public async Task SmtpUtf8_NotOffered_Bounces()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", "250-mx\n250 8BITMIME");
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "ré@x.test") with { NeedsSmtpUtf8 = true });
        Assert.Equal(
            "to=<ré@x.test>, relay=127.0.0.1[127.0.0.1]:25, dsn=5.6.7, status=bounced (SMTPUTF8 is required, but was not offered by host 127.0.0.1[127.0.0.1])",
            Assert.Single(Lines(harness)));
    }

    [Fact]
    public async Task ServerWithMyName_IsALoop_OnlyOnTheSmtpPort()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", "250-client.example.test\n250 PIPELINING");
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Equal(DeliveryAction.Sent, harness.Reports[0].Action);
    }

    [Fact]
    public async Task Probe_StopsAfterRcpt()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "250 2.1.5 Ok", "450 4.2.1 later");
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test", "v@x.test") with { IsProbe = true });
        await server.ClientsGoneAsync();
        Assert.DoesNotContain("DATA", server.Commands);
        Assert.EndsWith("dsn=2.1.5, status=deliverable (250 2.1.5 Ok)", Lines(harness).First());
        Assert.Contains("status=undeliverable (host 127.0.0.1[127.0.0.1] said: 450 4.2.1 later", Lines(harness).Last());
    }

    [Fact]
    public async Task DiscardedKeywords_AreNotUsed()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness("smtp_discard_ehlo_keywords = pipelining, size, dsn\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        await server.ClientsGoneAsync();
        Assert.Contains("MAIL FROM:<s@send.test>\nRCPT TO:<u@x.test>\nDATA", server.Commands);
        Assert.Equal("discarding EHLO keywords: PIPELINING SIZE DSN", harness.Log.Lines[0]);
    }

    [Fact]
    public async Task ReplyFilter_ReplacesLines()
    {
        await using var server = new ScriptedSmtpServer().On("RCPT", "550 5.1.1 full");
        await using var harness = new SmtpAgentHarness("smtp_reply_filter = inline:{{550 5.1.1 full=450 4.2.2 full}}\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Equal(DeliveryAction.Deferred, harness.Reports[0].Action);
    }

    [Fact]
    public async Task GenericMaps_RewriteTheEnvelope_NotTheLog()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness("smtp_generic_maps = inline:{s@send.test=gen@out.test, @x.test=@y.test}\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Contains("MAIL FROM:<gen@out.test>", server.Commands);
        Assert.Contains("RCPT TO:<u@y.test>", server.Commands);
        Assert.StartsWith("to=<u@x.test>", Lines(harness).First());
    }

    [Fact]
    public async Task Manners_SilentServer_TimesOut()
    {
        await using var server = new ScriptedSmtpServer().On("MAIL", "HANG");
        await using var harness = new SmtpAgentHarness("smtp_mail_timeout = 1s\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Equal(
            "to=<u@x.test>, relay=127.0.0.1[127.0.0.1]:25, dsn=4.4.2, status=deferred (conversation with 127.0.0.1[127.0.0.1] timed out while sending MAIL FROM)",
            Assert.Single(Lines(harness)));
    }

    [Fact]
    public async Task Nonsense_InAPipeline_IsNeverTakenForAnAnswer()
    {
        await using var server = new ScriptedSmtpServer().On("MAIL", "xyzzy");
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Equal(DeliveryAction.Deferred, harness.Reports[0].Action);
        Assert.Equal("warning: 4QID: non-ESMTP response from 127.0.0.1[127.0.0.1]:" + server.Port + ": xyzzy", harness.Log.Lines[0]);
    }

    [Fact]
    public async Task Floods_AreCutAndSurvived()
    {
        var lines = string.Concat(Enumerable.Range(0, 50_000).Select(i => $"550-5.1.1 line{i}\n"));
        await using var server = new ScriptedSmtpServer().On("RCPT", "550 5.1.1 " + new string('z', 3_000_000), lines + "550 5.1.1 end");
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test", "v@x.test"));
        Assert.All(harness.Reports.Values, status => Assert.InRange(status.Reason.Length, 1000, 2300));
        Assert.Contains(harness.Log.Lines, line => line.EndsWith("response longer than 2048: 550 5.1.1 zzzzzzzzzzzzzzzzzzzz...", StringComparison.Ordinal));
    }

    [Fact]
    public async Task GenericMaps_RewriteHeaders()
    {
        await using var server = new ScriptedSmtpServer();
        await using var harness = new SmtpAgentHarness("smtp_generic_maps = inline:{s@send.test=gen@out.test}\n");
        var head = "Subject: x\nFrom: Foo <s@send.test>\nTo: x: s@send.test, other@send.test;\nX-Foo: s@send.test\n\n"u8.ToArray();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with { Head = head });
        await server.ClientsGoneAsync();
        Assert.StartsWith(
            "Subject: x\r\nFrom: Foo <gen@out.test>\r\nTo: x: gen@out.test, other@send.test;\r\nX-Foo: s@send.test\r\n\r\nhello\r\n", server.Content);
    }

    [Fact]
    public async Task EightBitContent_ToASevenBitServer_IsConverted()
    {
        await using var server = new ScriptedSmtpServer().On("EHLO", "250-mx\n250 PIPELINING");
        await using var harness = new SmtpAgentHarness();
        var request = SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test") with
        {
            Is8Bit = true, Head = "Content-Transfer-Encoding: 8bit\n\n"u8.ToArray(), Body = new byte[] { 0xE9, (byte)'\n' },
        };
        await harness.DeliverAsync(request);
        await server.ClientsGoneAsync();
        Assert.Equal("Content-Transfer-Encoding: quoted-printable\r\n\r\n=E9\r\n", server.Content);
    }

    [Fact]
    public async Task ServerThatHangsUpWithAReason_IsQuoted()
    {
        await using var server = new ScriptedSmtpServer().On("DATA", "354 go\n552 5.3.4 too big+CLOSE");
        await using var harness = new SmtpAgentHarness();
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", "u@x.test"));
        Assert.Equal(DeliveryAction.Bounced, harness.Reports[0].Action);
        Assert.Contains("said: 552 5.3.4 too big (in reply to end of DATA command)", harness.Reports[0].Reason);
    }
}
