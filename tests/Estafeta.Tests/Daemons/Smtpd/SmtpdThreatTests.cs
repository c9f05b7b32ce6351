using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>
/// Failures of other mail systems that no other test here is about: docs/threats.md lists which test stands for which.
/// </summary>
public sealed class SmtpdThreatTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public static TheoryData<string> Endings() => BareNewlineTests.Endings();

    public void Dispose() => _certificates.Dispose();

    /// <summary>A01 to A07: the same under TLS, cut into TLS records at every place.</summary>
    [Theory]
    [MemberData(nameof(Endings))]
    public async Task FalseEnd_UnderTls_IsNoneInWhateverRecords(string ending)
    {
        const string Smuggled = "MAIL FROM:<evil@x.example>\r\n.\r\n";
        await using var server = new SmtpdFixture($"smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {_certificates.Issue("mail.test")}\nsmtpd_forbid_bare_newline = normalize\n");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("STARTTLS");
        await client.EncryptAsync();
        await client.CommandAsync("EHLO x");
        var text = "a" + ending + Smuggled;
        var count = 0;
        for (var cut = 1; cut <= ending.Length + 1; cut++, count++)
        {
            await client.CommandAsync("MAIL FROM:<a@b.example>");
            await client.CommandAsync("RCPT TO:<root@mail.example.com>");
            await client.CommandAsync("DATA");
            await client.SendAsync(text[..cut]);
            await client.SendAsync(text[cut..]);
            Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(count, server.Cleanup.Committed.Count);
        Assert.All(server.Cleanup.Committed, m => Assert.Contains("evil", m.Body, StringComparison.Ordinal));
    }

    /// <summary>A08: dots at the start of a line, up to a line of 2 MiB.</summary>
    [Fact]
    public async Task LeadingDots_LoseOneEach()
    {
        await using var server = new SmtpdFixture("message_size_limit = 0");
        using var client = await server.ConnectAsync();
        await BeginAsync(client);
        var tail = new string('x', 2 * 1024 * 1024);
        await client.SendAsync($"..\r\n...\r\n....\r\n.....\r\n.{tail}\r\n..{tail}\r\n.\r\n");
        Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);

        // A line that long comes in pieces (line_length_limit); the octets are the same.
        Assert.Equal(
            $".\n..\n...\n....\n{tail}\n.{tail}\n", Assert.Single(server.Cleanup.Committed).Body);
    }

    /// <summary>C02: a message refused at its end leaves nothing to go on with.</summary>
    [Fact]
    public async Task RefusalAtEndOfData_LeavesNoTransaction()
    {
        await using var server = new SmtpdFixture("smtpd_end_of_data_restrictions = check_sender_access inline:{a@b.example=REJECT}");
        using var client = await server.ConnectAsync();
        await BeginAsync(client);
        Assert.StartsWith("554 5.7.1 <a@b.example>: Sender address rejected", await client.CommandAsync("x\r\n."), StringComparison.Ordinal);
        Assert.Equal("503 5.5.1 Error: need MAIL command", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
        Assert.Equal("503 5.5.1 Error: need RCPT command", await client.CommandAsync("DATA"));
        Assert.Equal("503 5.5.1 Error: need RCPT command", await client.CommandAsync("BDAT 0 LAST"));
        Assert.Equal((0, 0), (server.Cleanup.Committed.Count, server.Cleanup.Open));
    }

    /// <summary>C15: names that are special to some language.</summary>
    [Theory]
    [InlineData("__proto__: x")]
    [InlineData("constructor: x")]
    [InlineData("$type: System.Object")]
    [InlineData(": no name")]
    [InlineData("\u00e4: eight bits")]
    [InlineData("a\0b: x")]
    public async Task StrangeHeaderNames_PassAndHarmNobody(string header)
    {
        await using var server = new SmtpdFixture();
        using var client = await server.ConnectAsync();
        foreach (var line in new[] { header, header + "\r\n " + new string('y', 70_000) })
        {
            await BeginAsync(client);
            await client.SendAsync(line + "\r\n\r\nbody\r\n.\r\n");
            Assert.StartsWith("250 2.0.0 Ok: queued", await client.ReadReplyAsync(), StringComparison.Ordinal);
            Assert.Contains(header, server.Cleanup.Committed[^1].Body, StringComparison.Ordinal);
        }
    }

    private static async Task BeginAsync(SmtpdClient client)
    {
        await client.CommandAsync("EHLO x");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        await client.CommandAsync("RCPT TO:<root@mail.example.com>");
        Assert.StartsWith("354", await client.CommandAsync("DATA"), StringComparison.Ordinal);
    }
}
