namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Threats A01 to A06: every false end of data, by whoever sends it and wherever the message goes, with each smtpd_forbid_bare_newline.</summary>
public sealed class SmugglingMatrixTests
{
    private const string Tls = "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = {certificate}\n";

    private static readonly Dictionary<string, (string Settings, string[] Commands)> Contexts = new()
    {
        ["mynetworks"] = ("", []),
        ["stranger"] = ("mynetworks = 10.0.0.0/8\n", []),
        ["tls"] = (Tls, ["STARTTLS"]),
        ["login"] = ("mynetworks = 10.0.0.0/8\nsmtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {dovecot}\n", ["AUTH PLAIN good"]),
        ["proxy filter"] = ("smtpd_proxy_filter = {proxy }\n", []),
        ["adjusted proxy filter"] = ("smtpd_proxy_filter = {proxy }\nsmtpd_proxy_options = speed_adjust\n", []),
    };

    public static TheoryData<string, string> Cases()
    {
        var data = new TheoryData<string, string>();
        foreach (var context in Contexts.Keys)
        {
            foreach (var policy in new[] { "normalize", "reject", "no" })
            {
                data.Add(context, policy);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task FalseEnd_IsNone(string context, string policy)
    {
        await using var peers = new TranscriptPeers();
        var (settings, commands) = Contexts[context];
        await using var server = new SmtpdFixture($"{peers.Expand(settings)}smtpd_forbid_bare_newline = {policy}\nsmtpd_forbid_unauth_pipelining = no\n");
        foreach (var ending in BareNewlineTests.Endings().Select(e => e.Data))
        {
            var queued = await CountQueuedAsync(server, commands, ending);
            Assert.Equal((ending, Expected(policy, ending)), (ending, queued));
        }
    }

    private static int Expected(string policy, string ending)
    {
        var isBare = ending.Replace("\r\n", "", StringComparison.Ordinal).Contains('\n');
        return policy switch
        {
            "reject" when isBare => 0,
            "no" when ending is "\n.\n" or "\n.\r\n" or "\r\n.\n" => 2, // as Postfix did before 3.9
            _ => 1,
        };
    }

    private static async Task<int> CountQueuedAsync(SmtpdFixture server, string[] commands, string ending)
    {
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO x");
        foreach (var command in commands)
        {
            Assert.StartsWith("2", await client.CommandAsync(command), StringComparison.Ordinal);
            if (command == "STARTTLS")
            {
                await client.EncryptAsync();
                await client.CommandAsync("EHLO x");
            }
        }

        await client.CommandAsync("MAIL FROM:<a@b.example>");
        Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<root@mail.example.com>"));
        Assert.StartsWith("354", await client.CommandAsync("DATA"), StringComparison.Ordinal);
        await client.SendAsync($"a{ending}MAIL FROM:<evil@x.example>\r\nRCPT TO:<root@mail.example.com>\r\nDATA\r\nevil\r\n.\r\nQUIT\r\n");
        return (await client.ReadToEndAsync()).Split('\n').Count(l => l.Contains("queued as", StringComparison.Ordinal));
    }
}
