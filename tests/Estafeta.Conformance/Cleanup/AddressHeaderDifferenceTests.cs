using System.Globalization;
using System.Text;
using Estafeta.Conformance.Smtp;
using Estafeta.Mail.Envelopes;
using Estafeta.Tests.Daemons.Cleanup;
using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Conformance.Cleanup;

/// <summary>Headers with addresses of every shape, completed and mapped by the installed Postfix and by ours: the same headers in the end.</summary>
public sealed class AddressHeaderDifferenceTests
{
    private const int Messages = 300;

    private const string Tables = """
        canonical_maps = inline:{{canon@client.example.test=New.Name@new.example},{@dom.example=@other.example},{first.last@c.example="odd one"@c.example}}
        sender_canonical_maps = inline:{{foo@c.example=sender@new.example}}
        recipient_canonical_maps = inline:{{foo@c.example=recipient@new.example}}
        masquerade_domains = !keep.masq.example masq.example
        masquerade_exceptions = root
        recipient_delimiter = +

        """;

    [Theory]
    [InlineData(Tables, true)]
    [InlineData("append_dot_mydomain = yes\nswap_bangpath = no\nallow_percent_hack = no\n", true)]
    [InlineData(Tables + "remote_header_rewrite_domain = remote.example\n", false)]
    [InlineData("always_add_missing_headers = yes\n", false)]
    public async Task Headers_BecomeTheSame(string settings, bool isLocal)
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        var cancellationToken = TestContext.Current.CancellationToken;
        settings += "undisclosed_recipients_header = To: undisclosed-recipients:;\n";
        await using var sink = new ScriptedSmtpServer();
        await using var postfix = await PostfixInstance.StartAsync(
            $"{settings}relayhost = [127.0.0.1]:{sink.Port}\nlocal_header_rewrite_clients = {(isLocal ? "permit_mynetworks" : "")}\nsmtp_line_length_limit = 0\nsmtp_destination_concurrency_limit = 1\n"
            + "smtp_send_xforward_command = no\nmydomain = example.test", cancellationToken);
        await using var ours = new CleanupBench(Configuration.ParameterSet.Parse(
            "myhostname = client.example.test\nmydomain = example.test\nmyorigin = $myhostname\nmydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\ncompatibility_level = 3.6\n" + settings));
        var generator = new AddressHeaderGenerator(20261126);
        var messages = Enumerable.Range(0, Messages).Select(generator.Next).ToList();
        foreach (var message in messages)
        {
            await postfix.SubmitAsync("s@b.example", ["r@relay.example"], message, cancellationToken);
        }

        await postfix.UntilAsync(() => postfix.Log.Count(l => l.Contains("status=sent", StringComparison.Ordinal)) == Messages, cancellationToken);
        var theirs = SinkContents.Of(sink);
        var differences = new StringBuilder();
        for (var i = 0; i < Messages; i++)
        {
            var content = await CleanAsync(ours, messages[i], isLocal);
            if (content != theirs[i])
            {
                differences.Append(CultureInfo.InvariantCulture, $"--- message {i}:\n{messages[i]}--- Postfix:\n{theirs[i]}--- ours:\n{content}");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static async Task<string> CleanAsync(CleanupBench bench, string message, bool isLocal)
    {
        var request = CleanupBench.Request("s@b.example", isLocal) with
        {
            Client = new ClientIdentity { Name = "unknown", Address = "127.0.0.1", Protocol = "ESMTP", Helo = "client.test", IsLocal = isLocal },
        };
        await bench.SendAsync(request, [CleanupBench.Recipient("r@relay.example")], [Encoding.Latin1.GetBytes("Received: here\n" + message)]);
        var content = Encoding.Latin1.GetString(bench.LastContent());
        return content[(content.IndexOf('\n') + 1)..];
    }
}
