using System.Net;
using System.Net.Sockets;

namespace Estafeta.Tests.Daemons.Smtpd.Access;

/// <summary>check_policy_service against services that answer, and against services that are down, hang, lie or hang up.</summary>
public sealed class PolicyServiceTests
{
    private const string Misconfigured = "451 4.3.5 <x@relay.example>: Recipient address rejected: Server configuration problem";

    private static readonly string[] Attributes =
    [
        "request", "protocol_state", "protocol_name", "client_address", "client_name", "client_port", "reverse_client_name", "server_address", "server_port", "helo_name", "sender",
        "recipient", "recipient_count", "queue_id", "instance", "size", "etrn_domain", "stress", "sasl_method", "sasl_username", "sasl_sender", "ccert_subject", "ccert_issuer",
        "ccert_fingerprint", "ccert_pubkey_fingerprint", "encryption_protocol", "encryption_cipher", "encryption_keysize", "tls_sni", "policy_context", "compatibility_level", "mail_version",
    ];

    [Fact]
    public async Task Request_HasAllAttributesInOrder()
    {
        await using var policy = new ScriptedPolicyService(static _ => "action=DUNNO\n\n");
        await AskAsync($"check_policy_service {{ {policy.EndPoint}, policy_context=one }}");

        Assert.Equal(Attributes, policy.Requests[0].Select(static l => l[..l.IndexOf('=')]));
        Assert.Contains("recipient=x@relay.example", policy.Requests[0]);
        Assert.Contains("policy_context=one", policy.Requests[0]);
    }

    [Theory]
    [InlineData("REJECT go away", "554 5.7.1 <x@relay.example>: Recipient address rejected: go away")]
    [InlineData("DEFER_IF_PERMIT greylisted", "450 4.7.1 <x@relay.example>: Recipient address rejected: greylisted")]
    [InlineData("450 4.7.3 slow", "450 4.7.3 <x@relay.example>: Recipient address rejected: slow")]
    [InlineData("OK", "250 2.1.5 Ok")]
    [InlineData("DUNNO", "250 2.1.5 Ok")]
    [InlineData("nonsense", "451 4.3.5 Server configuration error")]
    [InlineData("", "250 2.1.5 Ok")]
    [InlineData("check_client_access static:OK", "451 4.3.5 Server configuration error")]
    public async Task Answer_IsCarriedOut(string action, string reply)
    {
        await using var policy = new ScriptedPolicyService(_ => $"action={action}\n\n");
        Assert.Equal(reply, await AskAsync("check_policy_service " + policy.EndPoint));
    }

    [Theory]
    [InlineData("garbage without an end")]
    [InlineData("reaction=OK\n\n")]
    [InlineData("action=OK\n")]
    [InlineData("")]
    [InlineData("\n")]
    public async Task Lie_IsTheDefaultAction(string answer)
    {
        await using var policy = new ScriptedPolicyService(_ => answer) { HangsUp = true };
        Assert.Equal(Misconfigured, await AskAsync($"check_policy_service {{ {policy.EndPoint}, retry_delay=0s }}"));
        Assert.Equal(2, policy.Requests.Count); // try_limit
    }

    [Fact]
    public async Task EndlessAnswer_IsTheDefaultAction()
    {
        await using var policy = new ScriptedPolicyService(static _ => "action=" + new string('x', 100_000));
        Assert.Equal(Misconfigured, await AskAsync($"check_policy_service {{ {policy.EndPoint}, try_limit=1 }}"));
    }

    [Fact]
    public async Task Down_IsTheServicesOwnDefaultAction()
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0)); // and does not listen
        var port = ((IPEndPoint)nobody.LocalEndPoint!).Port;

        Assert.Equal(Misconfigured, await AskAsync($"check_policy_service {{ inet:127.0.0.1:{port}, try_limit=1 }}"));
        Assert.Equal("250 2.1.5 Ok", await AskAsync($"check_policy_service {{ inet:127.0.0.1:{port}, try_limit=1, default_action=DUNNO }}"));
        Assert.Equal("450 4.7.1 <x@relay.example>: Recipient address rejected: later", await AskAsync($"check_policy_service {{ inet:127.0.0.1:{port}, try_limit=1, {{ default_action=450 later }} }}"));
    }

    [Fact]
    public async Task Hang_EndsAtTheTimeout()
    {
        await using var policy = new ScriptedPolicyService(static _ => null);
        Assert.Equal(Misconfigured, await AskAsync($"check_policy_service {{ {policy.EndPoint}, timeout=1s, try_limit=1 }}"));
    }

    [Fact]
    public async Task Connection_IsKept_AndReplacedWhenItDied()
    {
        await using var policy = new ScriptedPolicyService(static _ => "action=DUNNO\n\n");
        await using var server = Server("check_policy_service " + policy.EndPoint);
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync("MAIL FROM:<>");
        Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<x@relay.example>"));
        Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<y@relay.example>"));
        Assert.Equal(1, policy.Connections);

        policy.DropAll();
        Assert.Equal("250 2.1.5 Ok", await client.CommandAsync("RCPT TO:<z@relay.example>"));
        Assert.Equal(2, policy.Connections);
        Assert.DoesNotContain(server.Log.Lines, static l => l.Contains("problem talking", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RequestLimit_EndsAConnection()
    {
        await using var policy = new ScriptedPolicyService(static _ => "action=DUNNO\n\n");
        await using var server = Server($"check_policy_service {{ {policy.EndPoint}, request_limit=1 }}");
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync("MAIL FROM:<>");
        await client.CommandAsync("RCPT TO:<x@relay.example>");
        await client.CommandAsync("RCPT TO:<y@relay.example>");

        Assert.Equal(2, policy.Connections);
    }

    [Fact]
    public async Task Instance_IsTheSameWithinATransaction()
    {
        await using var policy = new ScriptedPolicyService(static _ => "action=DUNNO\n\n");
        await using var server = Server("check_policy_service " + policy.EndPoint);
        using var client = await server.ConnectAsync();
        foreach (var line in (string[])["EHLO h", "MAIL FROM:<>", "RCPT TO:<x@relay.example>", "RCPT TO:<y@relay.example>", "RSET", "MAIL FROM:<>", "RCPT TO:<x@relay.example>"])
        {
            await client.CommandAsync(line);
        }

        var instances = policy.Requests.Select(static r => r.First(static l => l.StartsWith("instance=", StringComparison.Ordinal))).ToList();
        Assert.Equal(instances[0], instances[1]);
        Assert.NotEqual(instances[0], instances[2]);
    }

    private static SmtpdFixture Server(string restriction) => new($"smtpd_recipient_restrictions = {restriction}");

    private static async Task<string> AskAsync(string restriction)
    {
        await using var server = Server(restriction);
        using var client = await server.ConnectAsync();
        await client.CommandAsync("EHLO h.example");
        await client.CommandAsync("MAIL FROM:<a@b.example>");
        return await client.CommandAsync("RCPT TO:<x@relay.example>");
    }
}
