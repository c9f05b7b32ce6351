using System.Text;
using Estafeta.Net.Dns;
using Estafeta.Services.Cleaning;
using Estafeta.Tests.Authentication.Dkim;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Daemons.Smtpd.Authenticity;

/// <summary>estafeta_spf, estafeta_dkim_verify, estafeta_dmarc and estafeta_arc_verify in SMTP sessions of strangers.</summary>
public sealed class AuthenticityTests : IAsyncDisposable
{
    private const string Strangers = "mynetworks = 192.0.2.0/24\n";
    private const string Message = "From: a@shop.example\nTo: root@mail.example.com\nSubject: s\n\nbody\n";

    private readonly StubDnsServer _names = new StubDnsServer()
        .Text("shop.example", "v=spf1 -all exp=why.shop.example").Text("why.shop.example", "%{i} is not ours")
        .Text("good.example", "v=spf1 ip4:127.0.0.1 -all")
        .Text("_dmarc.shop.example", "v=DMARC1; p=reject")
        .Text("_dmarc.lax.example", "v=DMARC1; p=quarantine")
        .Fail("trouble.example", DnsRecordType.TXT)
        .Fail("_dmarc.trouble.example", DnsRecordType.TXT);

    private readonly SigningFixture _keys = new();

    public async ValueTask DisposeAsync()
    {
        _keys.Dispose();
        await _names.DisposeAsync();
    }

    [Fact]
    public async Task Unmodified_ChecksNothing()
    {
        var (reply, message, _) = await SendAsync("", Message);
        Assert.StartsWith("250 2.0.0 Ok: queued", reply, StringComparison.Ordinal);
        Assert.Empty(message!.Edits);
        Assert.Equal(CleanupFlags.None, message.Request.Flags);
        Assert.Empty(_names.Queries);
    }

    [Fact]
    public async Task OwnClients_AreNotChecked()
    {
        var (reply, message, _) = await SendAsync("estafeta_spf = enforce\nestafeta_dmarc = enforce", Message, strangers: "");
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Empty(message!.Edits);
    }

    [Fact]
    public async Task AddHeader_SaysEverything_AndTakesTheMessage()
    {
        var (reply, message, log) = await SendAsync("estafeta_spf = add_header\nestafeta_dkim_verify = yes\nestafeta_dmarc = add_header\nestafeta_arc_verify = yes\nestafeta_received_spf = yes", Message);
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        var note = Note(message!);
        Assert.Equal("mail.example.com", note.AuthservId);
        Assert.Equal(
            "Authentication-Results: mail.example.com;\n"
            + "\tspf=fail reason=\"-all of shop.example\" smtp.mailfrom=x@shop.example;\n"
            + "\tdkim=none;\n"
            + "\tdmarc=fail (p=reject dis=reject) reason=\"neither SPF nor DKIM speaks for shop.example\" header.from=shop.example;\n"
            + "\tarc=none\n"
            + "Received-SPF: Fail (mail.example.com: -all of shop.example)\n"
            + "\treceiver=mail.example.com; identity=mailfrom;\n"
            + "\tclient-ip=127.0.0.1; helo=h.example;\n"
            + "\tenvelope-from=\"x@shop.example\"\n",
            note.Headers);
        Assert.Contains(log, l => l.EndsWith(
            ": authentication: spf=fail reason=\"-all of shop.example\" smtp.mailfrom=x@shop.example; dkim=none; dmarc=fail (p=reject dis=reject) reason=\"neither SPF nor DKIM speaks for shop.example\" header.from=shop.example; arc=none",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task SpfFail_IsRefused_WithTheDomainsWords()
    {
        var (reply, message, log) = await SendAsync("estafeta_spf = enforce", Message);
        Assert.Equal("550 5.7.23 <x@shop.example>: SPF validation failed: 127.0.0.1 may not send mail for shop.example; they explain: 127.0.0.1 is not ours", reply);
        Assert.Null(message);
        Assert.Contains(log, l => l.Contains(": reject: END-OF-MESSAGE from unknown[127.0.0.1]: 550 5.7.23 ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("estafeta_spf = enforce", "x@trouble.example", "a@good.example", "451 4.7.24 <x@trouble.example>: SPF validation error: look-up of trouble.example failed")]
    [InlineData("estafeta_dmarc = enforce", "x@good.example", "a@trouble.example", "451 4.7.24 Message from trouble.example: DMARC cannot be evaluated: look-up of the policy failed")]
    [InlineData("estafeta_spf = add_header", "x@trouble.example", "a@good.example", "250 ")]
    [InlineData("estafeta_dmarc = add_header", "x@good.example", "a@trouble.example", "250 ")]
    [InlineData("estafeta_dmarc = enforce", "x@trouble.example", "a@lax.example", "250 ")]
    public async Task NameServiceInTrouble_IsNeverPermanent(string settings, string sender, string author, string expected)
    {
        var (reply, _, _) = await SendAsync(settings, $"From: {author}\n\nbody\n", sender);
        Assert.StartsWith(expected, reply, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DmarcFail_IsRefused()
    {
        var (reply, message, _) = await SendAsync("estafeta_dmarc = enforce", Message, "x@good.example");
        Assert.Equal("550 5.7.1 Message rejected by the DMARC policy of shop.example: neither SPF nor DKIM speaks for shop.example", reply);
        Assert.Null(message);
    }

    [Fact]
    public async Task Quarantine_HoldsWhenAsked()
    {
        const string Lax = "From: a@lax.example\n\nbody\n";
        var (_, plain, _) = await SendAsync("estafeta_dmarc = enforce", Lax, "x@good.example");
        var (_, held, log) = await SendAsync("estafeta_dmarc = enforce\nestafeta_dmarc_quarantine_action = hold", Lax, "x@good.example");
        Assert.DoesNotContain(plain!.Edits, e => e.Kind == EnvelopeEditKind.Hold);
        Assert.Contains(held!.Edits, e => e.Kind == EnvelopeEditKind.Hold);
        Assert.Contains(log, l => l.Contains(": hold: DMARC policy of lax.example: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SignedByTheAuthor_PassesDmarc(bool chunked)
    {
        PublishKey();
        _names.Text("_dmarc.example.com", "v=DMARC1; p=reject");
        var signed = _keys.Sign("From: a@example.com\nSubject: s\n\n.dots\n..\nbody\n\n");
        var (reply, message, _) = await SendAsync("estafeta_dmarc = enforce", signed, "x@elsewhere.example", chunked: chunked);
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Contains("dkim=pass header.d=example.com header.s=s header.a=ed25519-sha256 header.b=", Note(message!).Headers, StringComparison.Ordinal);
        Assert.Contains("dmarc=pass (p=reject) header.from=example.com", Note(message!).Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LargeMessage_IsHashedAsItPasses()
    {
        PublishKey();
        var signed = _keys.Sign("From: a@example.com\nSubject: s\n\n" + string.Concat(Enumerable.Repeat("a line of text  with blanks \n", 40_000)));
        var (reply, message, _) = await SendAsync("estafeta_dkim_verify = yes", signed, "x@elsewhere.example");
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Contains("dkim=pass", Note(message!).Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TrustedSealer_CountsMoreThanThePolicy()
    {
        PublishKey();
        var forwarded = ArcSealed(Message);
        var (refused, _, _) = await SendAsync("estafeta_dmarc = enforce\nestafeta_arc_verify = yes", forwarded, "x@good.example");
        var (taken, message, _) = await SendAsync("estafeta_dmarc = enforce\nestafeta_arc_verify = yes\nestafeta_arc_trusted_sealers = example.com", forwarded, "x@good.example");
        Assert.StartsWith("550 5.7.1 ", refused, StringComparison.Ordinal);
        Assert.StartsWith("250 ", taken, StringComparison.Ordinal);
        Assert.Contains("arc=pass (i=1 d=example.com)", Note(message!).Headers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostileDomains_StayInTheirPlace()
    {
        var hostile = "DKIM-Signature: v=1; a=rsa-sha256; d=x\"\\)(\x01y; s=\x1b[2J; h=from; bh=AA==; b=AA==\nFrom: a@b.example\n\nx\n";
        var (_, message, log) = await SendAsync("estafeta_dkim_verify = yes", hostile, "x@elsewhere.example");
        Assert.Contains("header.d=\"x\\\"\\\\)(?y\"", Note(message!).Headers, StringComparison.Ordinal);
        Assert.DoesNotContain(log, l => l.Contains('\x1b') || l.Contains('\x01'));
    }

    [Theory]
    [InlineData("Subject: s\n\nbody\n", "550 5.7.1 Message rejected: no From header")]
    [InlineData("From: nobody\n\nbody\n", "550 5.7.1 Message rejected: an address without a valid domain in From")]
    public async Task MessageOfNobody_IsRefused(string message, string expected)
    {
        Assert.Equal(expected, (await SendAsync("estafeta_dmarc = enforce", message, "x@good.example")).Reply);
        Assert.StartsWith("250 ", (await SendAsync("estafeta_dmarc = add_header", message, "x@good.example")).Reply, StringComparison.Ordinal);
    }

    /// <summary>Lines at the top that are no headers for the client, and are made some here.</summary>
    [Theory]
    [InlineData("From somebody Fri Jan  2 03:04:05 2026\n")]
    [InlineData(">From somebody\n>>From another\n")]
    [InlineData("from \n")]
    public async Task AuthorBehindAMailboxSeparator_IsSeen(string separator)
    {
        foreach (var chunked in (bool[])[false, true])
        {
            var (reply, _, _) = await SendAsync("estafeta_dmarc = enforce", separator + Message, "x@good.example", chunked);
            Assert.Equal("550 5.7.1 Message rejected by the DMARC policy of shop.example: neither SPF nor DKIM speaks for shop.example", reply);
        }
    }

    [Fact]
    public async Task AuthorBehindAMountainOfHeaders_IsNotTaken()
    {
        var mountain = string.Concat(Enumerable.Repeat("X-Filler: " + new string('x', 900) + "\n", 1300));
        var (reply, _, _) = await SendAsync("estafeta_dmarc = enforce", mountain + Message, "x@good.example");
        Assert.Equal("550 5.7.1 Message rejected: header section is too long", reply);
    }

    [Theory]
    [InlineData("", CleanupFlags.None)]
    [InlineData("estafeta_dkim_signing_table = refile:/nowhere", CleanupFlags.Sign)]
    [InlineData("estafeta_dkim_signing_table = refile:/nowhere\nestafeta_dkim_sign = authenticated, sendmail", CleanupFlags.None)]
    public async Task OwnNetworks_AreToBeSigned(string settings, CleanupFlags flags) =>
        Assert.Equal(flags, (await SendAsync(settings, Message, strangers: "")).Message!.Request.Flags);

    [Fact]
    public async Task Strangers_AreNotToBeSigned() =>
        Assert.Equal(CleanupFlags.None, (await SendAsync("estafeta_dkim_signing_table = refile:/nowhere", Message)).Message!.Request.Flags);

    [Fact]
    public async Task ClientThatGoesAway_EndsTheCheck()
    {
        var asked = new TaskCompletionSource();
        _names.RawHandler = (_, _) =>
        {
            asked.TrySetResult();
            return null; // never answers
        };
        await using var server = Start("estafeta_spf = enforce");
        using (var client = await server.ConnectAsync())
        {
            await BeginAsync(client, "x@shop.example");
            await client.CommandAsync("DATA");
            await asked.Task;
        }

        Assert.Contains(await server.StopAsync(), l => l.Contains("lost connection after DATA", StringComparison.Ordinal));
        Assert.Equal(1, server.Cleanup.Cancelled);
    }

    private static AuthenticationNote Note(FakeMessage message) => AuthenticationNote.Parse(Assert.Single(message.Edits, e => e.Kind == EnvelopeEditKind.Authenticated).Value);

    private static async Task BeginAsync(SmtpdClient client, string sender)
    {
        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync($"MAIL FROM:<{sender}>");
        Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
    }

    private void PublishKey() => _names.Text("s._domainkey.example.com", "v=DKIM1; k=ed25519; p=" + Convert.ToBase64String(_keys.Key.ExportPublic()));

    private string ArcSealed(string message)
    {
        var (headers, body) = SigningFixture.Split(message);
        using var hash = new Estafeta.Authentication.Dkim.BodyHash(true);
        hash.Write(body);
        return new Estafeta.Authentication.Arc.ArcSealer(_keys.Signer)
            .Seal(headers, hash.Finish(), SigningFixture.Form, "mx.example.com; dmarc=pass", Estafeta.Authentication.Arc.ArcResult.None, _keys.Time.GetUtcNow()) + message;
    }

    private SmtpdFixture Start(string settings, string strangers = Strangers) =>
        new($"{strangers}estafeta_public_suffix_list =\n{settings}", partners: p => p with { Resolver = _names.CreateResolver() });

    private async Task<(string Reply, FakeMessage? Message, IReadOnlyList<string> Log)> SendAsync(
        string settings, string message, string sender = "x@shop.example", bool chunked = false, string strangers = Strangers)
    {
        await using var server = Start(settings, strangers);
        using var client = await server.ConnectAsync();
        await BeginAsync(client, sender);
        var wire = message.Replace("\n", "\r\n", StringComparison.Ordinal);
        if (chunked)
        {
            await client.SendAsync($"BDAT {Encoding.Latin1.GetByteCount(wire)} LAST\r\n{wire}");
        }
        else
        {
            await client.CommandAsync("DATA");
            await client.SendAsync(string.Concat(wire.Split('\n').SkipLast(1).Select(l => (l.StartsWith('.') ? "." : "") + l + "\n")) + ".\r\n");
        }

        var reply = await client.ReadReplyAsync();
        await client.CommandAsync("QUIT");
        var log = await server.StopAsync();
        return (reply, server.Cleanup.Committed.SingleOrDefault(), log);
    }
}
