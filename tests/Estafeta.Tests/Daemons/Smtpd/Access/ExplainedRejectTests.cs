namespace Estafeta.Tests.Daemons.Smtpd.Access;

/// <summary>estafeta_explain_rejects: a live refusal is followed by what led to it.</summary>
public class ExplainedRejectTests
{
    private const string Lists = """
        smtpd_restriction_classes = strict
        strict = check_sender_access inline:{{b.example=REJECT no}}
        smtpd_recipient_restrictions = check_recipient_access inline:{{relay.example=strict}}
        """;

    [Fact]
    public async Task Refusal_IsExplainedBehindItsLine()
    {
        await using var server = new SmtpdFixture(Lists + "\nestafeta_explain_rejects = yes");
        await server.ConverseAsync("EHLO h.example", "MAIL FROM:<a@x.b.example>", "RCPT TO:<u@relay.example>");
        var log = await server.StopAsync();

        var reject = log.ToList().FindIndex(l => l.StartsWith("NOQUEUE: reject: ", StringComparison.Ordinal));
        Assert.Equal(
            "NOQUEUE: explain: RCPT from unknown[127.0.0.1]: smtpd_recipient_restrictions: check_recipient_access inline:{{relay.example=strict}}: strict: "
            + "check_sender_access inline:{{b.example=REJECT no}} (a@x.b.example: default domain (none of ours); inline:{{b.example=REJECT no}}: b.example: REJECT no); "
            + "from=<a@x.b.example> to=<u@relay.example> proto=ESMTP helo=<h.example>",
            log[reject + 1]);
    }

    [Fact]
    public async Task UnknownRecipient_IsExplainedByItsTable()
    {
        await using var server = new SmtpdFixture("local_recipient_maps = inline:{known=x}\nestafeta_explain_rejects = yes");
        await server.ConverseAsync("EHLO h.example", "MAIL FROM:<>", "RCPT TO:<nobody@localhost>");
        var log = await server.StopAsync();

        Assert.Contains(log, l => l.Contains(
            "explain: RCPT from unknown[127.0.0.1]: smtpd_reject_unlisted_recipient (nobody@localhost: local domain; local_recipient_maps: nobody@localhost: not found);",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task WithoutTheParameter_NothingIsSaid()
    {
        await using var server = new SmtpdFixture(Lists);
        await server.ConverseAsync("EHLO h.example", "MAIL FROM:<a@x.b.example>", "RCPT TO:<u@relay.example>");

        Assert.DoesNotContain(await server.StopAsync(), l => l.Contains("explain:", StringComparison.Ordinal));
    }
}
