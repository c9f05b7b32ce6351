using System.Text;
using Estafeta.Tests.Net.Milter;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd.Milters;

/// <summary>What milters are told in an SMTP session, and what becomes of their edits. Replies and log lines: Transcripts/milters.txt.</summary>
public sealed class SmtpdMilterTests
{
    [Fact]
    public async Task Milter_IsToldOfEverything_WithTheMacrosOfEachStage()
    {
        await using var milter = MilterScript.Start("");
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}\nsmtpd_peername_lookup = yes\nmilter_end_of_data_macros = i {{mail_addr}} {{client_addr}}\nmail_version = 1.2");
        var replies = await route.SendAsync();
        var id = replies[^2]["250 2.0.0 Ok: queued as ".Length..];
        await milter.ClientLeft;
        Assert.Equal(
            [
                "DCj|mail.example.com|{daemon_name}|mail.example.com|{daemon_addr}|127.0.0.1|v|Postfix 1.2|_|localhost [127.0.0.1]|",
                "Clocalhost|4",
                "DH",
                "Hh.example|",
                "DM{mail_addr}|a@b.example|{mail_host}|b.example|{mail_mailer}|smtp|",
                "M<a@b.example>|SIZE=100|",
                "DR{rcpt_addr}|r@relay.example|{rcpt_host}|relay.example|{rcpt_mailer}|relay|",
                "R<r@relay.example>|",
                $"DTi|{id}|",
                "T",
                "LSubject|s|",
                $"DNi|{id}|",
                "N",
                $"DBi|{id}|{{client_addr}}|127.0.0.1|",
                "Bbody\r\n",
                $"DEi|{id}|{{client_addr}}|127.0.0.1|",
                "E",
                "A",
                "A",
                "Q",
            ],
            milter.Received.Skip(1).Select(r => r[0] == 'C' ? r[..12] : r).Where(r => !r.StartsWith("LMess", StringComparison.Ordinal) && !r.StartsWith("LDate", StringComparison.Ordinal) && !r.StartsWith("LFrom", StringComparison.Ordinal) && !r.StartsWith("DL", StringComparison.Ordinal)));
        Assert.Equal(milter.Received.Count(r => r[0] == 'L'), milter.Received.Count(r => r == $"DLi|{id}|"));
    }

    [Fact]
    public async Task Milters_OfAChain_SeeEachOthersHeaders()
    {
        await using var first = new ScriptedMilter(new() { ['E'] = [.. ScriptedMilter.Packet('h', "X-First", "1"), .. ScriptedMilter.Packet('c')] });
        await using var second = new ScriptedMilter(new() { ['E'] = [.. ScriptedMilter.Packet('i', [0, 0, 0, 0, .. "X-Second\0two\0"u8]), .. ScriptedMilter.Packet('c')] });
        await using var route = new MilterRoute($"smtpd_milters = {first.Endpoint}, {second.Endpoint}");
        await route.SendAsync();
        await second.ClientLeft;
        Assert.Contains("LX-First|1|", second.Received);
        var content = Encoding.ASCII.GetString(route.Bench.LastContent());
        Assert.StartsWith("X-Second: two\nReceived: ", content, StringComparison.Ordinal);
        Assert.Contains("\nX-First: 1\n\nbody\n", content);
    }

    [Fact]
    public async Task OctetsThatAreNoUtf8_ReachTheMilterAsTheyAre()
    {
        await using var milter = MilterScript.Start("");
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}");
        await route.SendAsync("Subject: caf\u00e9\r\n\r\n\u00ff\r\n");
        await milter.ClientLeft;
        Assert.Contains(milter.Octets, o => o.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes("LSubject\0caf\u00e9\0")));
        Assert.Contains(milter.Octets, o => o.AsSpan().SequenceEqual(Encoding.Latin1.GetBytes("B\u00ff\r\n")));
    }

    /// <summary>More than the turns that are prepared at once, with answers, without (SMFIP_NR_HDR, _EOH, _BODY), and until the milter has seen enough.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("steps=C0080")]
    [InlineData("steps=80080")]
    [InlineData("steps=400; B=s")]
    [InlineData("steps=400; L=s")]
    public async Task LongMessage_ReachesEveryMilterWhole(string script)
    {
        await using var milter = MilterScript.Start(script);
        await using var second = MilterScript.Start("E=c");
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}, {second.Endpoint}");
        var body = string.Concat(Enumerable.Range(0, 30_000).Select(i => $"line {i}\r\n"));
        var headers = string.Concat(Enumerable.Range(0, 2000).Select(i => $"X-{i}: {new string('x', 100)}\r\n"));
        Assert.StartsWith("221", (await route.SendAsync($"Subject: s\r\n{headers}\r\n{body}"))[^1], StringComparison.Ordinal);
        await milter.ClientLeft;
        await second.ClientLeft;
        foreach (var each in new[] { milter, second })
        {
            var isFirst = each == milter;
            Assert.Equal(isFirst && script.Contains("L=s", StringComparison.Ordinal) ? 1 : 2001, each.Received.Count(r => r.StartsWith("LX-", StringComparison.Ordinal) || r.StartsWith("LSubject", StringComparison.Ordinal)));
            var shown = string.Concat(each.Received.Where(r => r[0] == 'B').Select(r => r[1..]));
            Assert.True(isFirst && script.Contains("B=s", StringComparison.Ordinal) ? body.StartsWith(shown, StringComparison.Ordinal) && shown.Length is > 0 and < 100_000 : shown == body, $"{each == milter}: {shown.Length} of {body.Length}");
        }

        Assert.EndsWith("\n\n" + body.Replace("\r", "", StringComparison.Ordinal), Encoding.ASCII.GetString(route.Bench.LastContent()), StringComparison.Ordinal);
    }

    /// <summary>A milter that says more than it was asked: what is left is the answer to what follows, as with Postfix, however much it is.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(101)]
    [InlineData(20_000)]
    public async Task ReplyNobodyAskedFor_IsTheAnswerToWhatFollows(int progresses)
    {
        byte[] extra = [.. Enumerable.Range(0, progresses).SelectMany(_ => ScriptedMilter.Packet('p')), .. ScriptedMilter.Packet('y', "554 5.7.9 no")];
        await using var milter = new ScriptedMilter(new() { ['L'] = [.. ScriptedMilter.Packet('s'), .. extra] }, steps: 0x400);
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}");
        Assert.Equal("554 5.7.9 no", (await route.SendAsync())[^1]);
        Assert.Empty(route.Bench.Queue.Accepted);
    }

    [Fact]
    public async Task Quarantine_AtTheEnd_HoldsTheMessage_AndTheReasonIsLogged()
    {
        await using var milter = new ScriptedMilter(new() { ['E'] = [.. ScriptedMilter.Packet('q', "odd"), .. ScriptedMilter.Packet('c')] });
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}");
        await route.SendAsync();
        Assert.Equal(Estafeta.Queue.Storage.QueueName.Hold, route.Bench.LastMessage().Queue);
        Assert.Contains(route.Bench.Log.Lines, l => l.EndsWith(": milter-hold: END-OF-MESSAGE from unknown[127.0.0.1]: odd; from=<a@b.example> to=<r@relay.example> proto=ESMTP helo=<h.example>", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("y554 5.7.9 no thanks", "554 5.7.9 no thanks", "5.7.9 no thanks")]
    [InlineData("y421 4.7.9 go", "421 4.7.9 go", "4.7.9 go")]
    [InlineData("t", "451 4.7.1 Service unavailable - try again later", "4.7.1 Service unavailable - try again later")]
    public async Task Refusal_AtTheEnd_IsTheMilters(string answer, string reply, string logged)
    {
        await using var milter = MilterScript.Start("E=" + answer);
        await using var route = new MilterRoute($"smtpd_milters = {milter.Endpoint}");
        var replies = await route.SendAsync();
        Assert.Equal(reply, replies[^1]);
        Assert.Contains(route.Bench.Log.Lines, l => l.EndsWith($": milter-reject: END-OF-MESSAGE from unknown[127.0.0.1]: {logged}; from=<a@b.example> to=<r@relay.example> proto=ESMTP helo=<h.example>", StringComparison.Ordinal));
        Assert.Empty(route.Bench.Queue.Accepted);
    }

    [Fact]
    public async Task Rset_AbortsTheMessage_AndTheNextOneIsToldAnew()
    {
        await using var milter = MilterScript.Start("");
        await using var server = new SmtpdFixture($"smtpd_milters = {milter.Endpoint}");
        await server.ConverseAsync("EHLO h", "MAIL FROM:<a@b.example>", "RSET", "MAIL FROM:<c@b.example>", "QUIT");
        await server.StopAsync();
        await milter.ClientLeft;
        Assert.Equal("OCHMAMAAQ", string.Concat(milter.Received.Where(r => r[0] != 'D').Select(r => r[0])));
    }

    /// <summary>C02: a milter that took one message is asked about the next one, also when the first was refused at its end.</summary>
    [Fact]
    public async Task AcceptedMessage_RefusedAtItsEnd_IsNotTheNextOnesLuck()
    {
        await using var milter = MilterScript.Start("M=a");
        await using var server = new SmtpdFixture($"smtpd_milters = {milter.Endpoint}\nsmtpd_end_of_data_restrictions = check_sender_access inline:{{first@b.example=REJECT}}");
        var replies = await server.ConverseAsync("EHLO h", "MAIL FROM:<first@b.example>", "RCPT TO:<r@relay.example>", "DATA", ".", "RCPT TO:<r@relay.example>", "MAIL FROM:<second@b.example>", "RCPT TO:<r@relay.example>", "DATA", ".", "QUIT");
        await server.StopAsync();
        await milter.ClientLeft;
        Assert.Contains("\n554 5.7.1 <first@b.example>: Sender address rejected: Access denied\n503 5.5.1 Error: need MAIL command\n250 2.1.0 Ok\n", replies);
        Assert.Equal("OCHMAMAAQ", string.Concat(milter.Received.Where(r => r[0] != 'D').Select(r => r[0])));
    }

    [Fact]
    public async Task Xclient_MeetsTheMiltersAnew()
    {
        await using var milter = MilterScript.Start("");
        await using var server = new SmtpdFixture($"smtpd_milters = {milter.Endpoint}\nsmtpd_authorized_xclient_hosts = 127.0.0.1");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("XCLIENT NAME=c.example ADDR=10.1.2.3 PORT=77");
            await client.CommandAsync("EHLO h");
        }

        await server.StopAsync();
        Assert.Contains("Cc.example|4\0M10.1.2.3|".Replace('\0', '|'), milter.Received);
        Assert.Equal(2, milter.Received.Count(r => r[0] == 'O'));
    }

    [Fact]
    public async Task RefusedRecipient_IsShownWithItsRefusal_ToMiltersThatAskForIt()
    {
        await using var milter = MilterScript.Start("steps=800");
        await using var server = new SmtpdFixture($"smtpd_milters = {milter.Endpoint}\nmynetworks = 10.0.0.0/8");
        await server.ConverseAsync("HELO h", "MAIL FROM:<a@b.example>", "RCPT TO:<x@elsewhere.example>", "QUIT");
        await server.StopAsync();
        Assert.Contains("DR{rcpt_addr}|Relay access denied|{rcpt_host}|5.7.1|{rcpt_mailer}|error|", milter.Received);
        Assert.Contains("R<x@elsewhere.example>|", milter.Received);
    }

    [Fact]
    public async Task Starttls_IsToldInTheMacrosOfTheNextGreeting()
    {
        using var certificates = new TestCertificates();
        await using var milter = MilterScript.Start("");
        await using var server = new SmtpdFixture(
            $"smtpd_milters = {milter.Endpoint}\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = {certificates.Issue("mail.test")}\nmilter_helo_macros = {{tls_version}} {{cipher}} {{cipher_bits}} {{cert_subject}} {{cert_issuer}} {{tls_sni}}");
        using (var client = await server.ConnectAsync())
        {
            await client.CommandAsync("EHLO clear");
            await client.CommandAsync("MAIL FROM:<forgotten@b.example>");
            await client.CommandAsync("RSET");
            await client.CommandAsync("STARTTLS");
            await client.EncryptAsync();
            await client.CommandAsync("EHLO secret");
            await client.CommandAsync("MAIL FROM:<a@b.example>");
        }

        await server.StopAsync();
        await milter.ClientLeft;
        Assert.Equal(
            [
                "DH", "Hclear|", "M<forgotten@b.example>|", "A", "A",
                "DH{tls_version}|TLSv1.3|{cipher}|TLS_AES_256_GCM_SHA384|{cipher_bits}|256|{tls_sni}|mail.test|", "Hsecret|", "M<a@b.example>|", "A", "A", "Q",
            ],
            milter.Received.Skip(1).Where(r => r[0] is not 'C' && !r.StartsWith("DC", StringComparison.Ordinal) && !r.StartsWith("DM", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task MacroDefaults_StandInForUnknownValues()
    {
        await using var milter = MilterScript.Start("");
        await using var server = new SmtpdFixture($"smtpd_milters = {milter.Endpoint}\nmilter_macro_defaults = auth_author=nobody, {{foo}}=bar, {{ {{baz}} = a b }}\nmilter_helo_macros = {{auth_author}} {{foo}} {{baz}} {{none}}");
        await server.ConverseAsync("HELO h", "QUIT");
        await server.StopAsync();
        Assert.Contains("DH{auth_author}|nobody|{foo}|bar|{baz}|a b|", milter.Received);
    }

    /// <summary>milter_macro_daemon_name, milter_macro_v.</summary>
    [Fact]
    public async Task NamesOfServerAndSoftware_AreThoseOfTheParameters()
    {
        await using var milter = MilterScript.Start("");
        await using var server = new SmtpdFixture($"smtpd_milters = {milter.Endpoint}\nmilter_macro_daemon_name = ORIGINATING\nmilter_macro_v = $mail_name here\nmilter_helo_macros = {{daemon_name}} v");
        await server.ConverseAsync("HELO h", "QUIT");
        await server.StopAsync();
        Assert.Contains("DH{daemon_name}|ORIGINATING|v|Postfix here|", milter.Received);
    }
}
