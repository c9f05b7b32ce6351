using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Conformance.Smtp;
using Estafeta.Mail.Addresses;
using Estafeta.Mail.Envelopes;
using Estafeta.Tests.Daemons.Cleanup;
using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Conformance.Cleanup;

/// <summary>Envelopes completed, mapped, expanded and copied by the installed Postfix and by ours: the same senders and recipients in the end.</summary>
public sealed partial class EnvelopeDifferenceTests
{
    private const int Messages = 200;

    private const string Maps = """
        canonical_maps = inline:{{canon@client.example.test=New.Name@new.example},{@dom.example=@other.example},{first.last@c.example="odd one"@c.example},{circle=round@c.example},{round@c.example=circle}}
        sender_canonical_maps = inline:{{foo@c.example=sender@new.example}}
        recipient_canonical_maps = inline:{{foo@c.example=recipient@new.example}}
        masquerade_domains = !keep.masq.example masq.example
        masquerade_classes = envelope_sender, envelope_recipient
        masquerade_exceptions = root
        virtual_alias_domains = va.example
        virtual_alias_maps = inline:{{a@va.example=a@c.example, "b c"@c.example; foo@va.example},{foo@va.example=far@c.example},{@va.example=catch+all@c.example},{root=chief, deputy@c.example},{chief@client.example.test=chief@client.example.test, second@c.example},{user@c.example=@d.example},{masq+ext@c.example=exact@c.example},{masq@c.example=general@c.example}}
        sender_bcc_maps = inline:{{sender@new.example=watch@c.example},{@other.example=canon}}
        recipient_bcc_maps = inline:{{root@client.example.test=chief},{@c.example=copy+of@c.example}}
        always_bcc = archive

        """;

    private static readonly string[] Users =
        ["a", "root", "foo", "user", "user+ext", "first.last", "canon", "canon+x", "masq", "masq+ext", "chief", "circle", "\"a b\"", "\"a@b\"", "h.example!u", "u%h.example", "postmaster", "MAILER-DAEMON", "A", "x+", "+y"];

    private static readonly string[] Domains =
        ["", "", "@c.example", "@C.Example", "@client.example.test", "@host.masq.example", "@keep.masq.example", "@dom.example", "@sub.dom.example", "@va.example", "@sub", "@c.example.", "@[192.0.2.1]"];

    [Theory]
    [InlineData(Maps + "recipient_delimiter = +\n")]
    [InlineData(Maps + "recipient_delimiter = +\npropagate_unmatched_extensions =\nenable_original_recipient = no\n")]
    [InlineData(Maps + "append_dot_mydomain = yes\nswap_bangpath = no\nallow_percent_hack = no\ncanonical_classes = envelope_sender\n")]
    [InlineData("receive_override_options = no_address_mappings\nrecipient_delimiter = +\n" + Maps)]
    public async Task Envelopes_BecomeTheSame(string settings)
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sink = new ScriptedSmtpServer();
        await using var postfix = await PostfixInstance.StartAsync(
            $"{settings}relayhost = [127.0.0.1]:{sink.Port}\nsmtp_send_xforward_command = no\nmydomain = example.test\nsmtpd_reject_unlisted_recipient = no\nenable_long_queue_ids = yes", cancellationToken);
        await using var ours = new CleanupBench(Configuration.ParameterSet.Parse(
            "myhostname = client.example.test\nmydomain = example.test\nmyorigin = $myhostname\nmydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\ncompatibility_level = 3.6\n" + settings));
        var envelopes = Envelopes(20261126).Take(Messages).ToList();
        foreach (var (sender, recipients) in envelopes)
        {
            await postfix.SubmitAsync(sender, recipients, "Subject: x\n\nb\n", cancellationToken);
        }

        await postfix.UntilAsync(() => Ended(postfix.Log) == Messages, cancellationToken);
        var theirs = Grouped(postfix.Log);
        var overrides = Services.Cleaning.ReceiveOverrides.Parse("receive_override_options", settings.StartsWith("receive", StringComparison.Ordinal) ? "no_address_mappings" : "");
        var differences = new StringBuilder();
        for (var i = 0; i < Messages; i++)
        {
            var (sender, recipients) = envelopes[i];
            var request = CleanupBench.Request(AddressText.ToInternal(sender)) with { Flags = overrides };
            await ours.SendAsync(request, recipients.Select(static r => new EnvelopeRecipient(AddressText.ToInternal(r)) { OriginalAddress = AddressText.ToInternal(r) }), ["Subject: x\n\nb\n"u8.ToArray()]);
            var envelope = ours.LastMessage().Envelope;
            var described = Describe(envelope.Sender, envelope.Recipients.Select(static r => (r.Address, r.OriginalAddress)));
            if (described != theirs[i])
            {
                differences.Append(CultureInfo.InvariantCulture, $"--- {i}: {sender} -> {string.Join(" | ", recipients)}\n  Postfix: {theirs[i]}\n  ours:    {described}\n");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static IEnumerable<(string Sender, List<string> Recipients)> Envelopes(int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            var sender = random.Next(8) == 0 ? "" : Address();
            yield return (sender, [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => Address())]);
        }

        string Address() => Users[random.Next(Users.Length)] + Domains[random.Next(Domains.Length)];
    }

    private static string Describe(string sender, IEnumerable<(string Address, string Original)> recipients) => LocalPart.Quote(sender) + " -> " + string.Join(" ", recipients
        .Select(static r => LocalPart.Quote(r.Address) + (r.Original.Length == 0 || r.Original.Equals(r.Address, StringComparison.OrdinalIgnoreCase) ? "" : "/" + LocalPart.Quote(r.Original)))
        .Order(StringComparer.Ordinal));

    // Of those that were handed in: there are bounces, too.
    private static int Ended(IEnumerable<string> log)
    {
        var ids = new HashSet<string>();
        var count = 0;
        foreach (var line in log)
        {
            if (Line().Match(line) is { Success: true } match)
            {
                var (id, what) = (match.Groups[1].Value, match.Groups[2].Value);
                if (what.StartsWith("client=", StringComparison.Ordinal))
                {
                    ids.Add(id);
                }
                else if (what == "removed" && ids.Contains(id))
                {
                    count++;
                }
            }
        }

        return count;
    }

    // By the order of arrival: queue IDs do not tell.
    private static List<string> Grouped(IEnumerable<string> log)
    {
        var order = new List<string>();
        var senders = new Dictionary<string, string>();
        var recipients = new Dictionary<string, List<string>>();
        foreach (var line in log)
        {
            if (Line().Match(line) is not { Success: true } match)
            {
                continue;
            }

            var (id, what) = (match.Groups[1].Value, match.Groups[2].Value);
            if (what.StartsWith("client=", StringComparison.Ordinal))
            {
                order.Add(id);
                recipients[id] = [];
            }
            else if (Sender().Match(what) is { Success: true } from)
            {
                senders[id] = from.Groups[1].Value;
            }
            else if (Recipient().Match(what) is { Success: true } to && recipients.TryGetValue(id, out var list))
            {
                list.Add(to.Groups[1].Value + (to.Groups[2].Success ? "/" + to.Groups[2].Value : ""));
            }
        }

        return [.. order.Select(id => senders[id] + " -> " + string.Join(" ", recipients[id].Order(StringComparer.Ordinal)))];
    }

    [GeneratedRegex(@"postfix/(?:smtpd|qmgr|smtp|error)\[\d+\]: ([0-9A-Za-z]{10,}): (.*)$")]
    private static partial Regex Line();

    [GeneratedRegex("^from=<(.*)>, size=")]
    private static partial Regex Sender();

    [GeneratedRegex("^to=<(.*?)>(?:, orig_to=<(.*?)>)?, relay=")]
    private static partial Regex Recipient();
}
