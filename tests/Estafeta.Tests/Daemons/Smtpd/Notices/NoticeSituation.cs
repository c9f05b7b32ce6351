namespace Estafeta.Tests.Daemons.Smtpd.Notices;

/// <summary>A session, and the classes of notify_classes by which the postmaster hears of it. The conformance tests ask Postfix the same.</summary>
/// <param name="Name">What goes wrong.</param>
/// <param name="Classes">In order; empty: nobody is told.</param>
/// <param name="Commands">Each with one reply.</param>
public sealed record NoticeSituation(string Name, string Classes, params string[] Commands)
{
    /// <summary>What all of them need.</summary>
    public static IReadOnlyList<string> Configuration { get; } =
    [
        "mynetworks = 192.0.2.0/24",
        "local_recipient_maps = inline:{{known=x}}",
        "virtual_mailbox_maps = fail:broken",
        "smtpd_reject_unlisted_sender = yes",
        "smtpd_recipient_limit = 3",
        "smtpd_recipient_overshoot_limit = 2",
        "message_size_limit = 1000",
        "smtpd_policy_service_try_limit = 1",
        "smtpd_recipient_restrictions = check_recipient_access inline:{{reject@relay.example=REJECT},{defer@relay.example=DEFER},{dip@relay.example=DEFER_IF_PERMIT},{unknown@relay.example=550 5.1.1 rejected: User unknown},"
            + "{nonsense@relay.example=nonsense},{policy@relay.example=check_policy_service unix:/nowhere},{table@relay.example=check_sender_access fail:x},{own435@relay.example=450 4.3.5 hm},{own431@relay.example=450 4.3.1 hm},{own430@relay.example=450 4.3.0 hm},{helo@relay.example=reject_non_fqdn_helo_hostname}}",
        "smtpd_data_restrictions = check_sender_access inline:{{data@b.example=REJECT}}",
        "smtpd_end_of_data_restrictions = check_sender_access inline:{{eod@b.example=REJECT}}",
        "smtpd_etrn_restrictions = check_etrn_access inline:{{bad.example=REJECT}}",
    ];

    private const string From = "MAIL FROM:<a@b.example>";

    public static IReadOnlyList<NoticeSituation> All { get; } =
    [
        new("nothing", "", "NOOP", From, "RCPT TO:<x@relay.example>", "RSET"),
        new("a command that is none", "protocol", "BOGUS"),
        new("a protocol that is another", "", "GET / HTTP/1.0"),
        new("syntax", "protocol", "MAIL FROM"),
        new("parameters", "protocol", "MAIL FROM:<> X=Y"),
        new("an address", "protocol", "MAIL FROM:<a@b..c>"),
        new("a sequence", "protocol", "DATA"),
        new("a greeting", "protocol", "HELO"),
        new("STARTTLS", "protocol", "STARTTLS"),
        new("AUTH", "protocol", "AUTH PLAIN"),
        new("XCLIENT", "policy", "XCLIENT NAME=x"),
        new("XFORWARD", "policy", "XFORWARD NAME=x"),
        new("a chunk", "protocol", "BDAT x"),
        new("relaying", "policy", From, "RCPT TO:<x@elsewhere.example>"),
        new("a refusal", "policy", From, "RCPT TO:<reject@relay.example>"),
        new("a deferral", "policy", From, "RCPT TO:<defer@relay.example>"),
        new("a conditional deferral", "policy", From, "RCPT TO:<dip@relay.example>"),
        new("a policy service that is down", "software", From, "RCPT TO:<policy@relay.example>"),
        new("a name", "policy", "HELO x", From, "RCPT TO:<helo@relay.example>"),
        new("too many recipients", "", From, "RCPT TO:<1@relay.example>", "RCPT TO:<2@relay.example>", "RCPT TO:<3@relay.example>", "RCPT TO:<4@relay.example>"),
        new("a size", "policy", "MAIL FROM:<> SIZE=2000"),
        new("a refusal at DATA", "policy", "MAIL FROM:<data@b.example>", "RCPT TO:<x@relay.example>", "DATA"),
        new("a refusal at the end", "policy", "MAIL FROM:<eod@b.example>", "RCPT TO:<x@relay.example>", "DATA", "."),
        new("a site that may not", "policy", "ETRN bad.example"),
        new("a site that is not ours", "", "ETRN elsewhere.example"),
        new("a local user", "bounce", From, "RCPT TO:<ghost@mail.example.com>"),
        new("an alias", "bounce", From, "RCPT TO:<ghost@va.example>"),
        new("a sender that is none", "bounce", "MAIL FROM:<ghost@mail.example.com>", "RCPT TO:<x@relay.example>"),
        new("a sender without a way back", "bounce", "MAIL FROM:<x@err.example>", "RCPT TO:<x@relay.example>"),
        new("a user asked for", "bounce", "VRFY ghost@mail.example.com"),
        new("a message too large", "bounce", From, "RCPT TO:<x@relay.example>", "DATA", new string('x', 2000) + "\r\n."),
        new("a configuration", "software", From, "RCPT TO:<nonsense@relay.example>"),
        new("a table of recipients", "data", From, "RCPT TO:<x@vm.example>"),
        new("a table of restrictions", "software", From, "RCPT TO:<table@relay.example>"),
        new("a text that says otherwise", "policy", From, "RCPT TO:<unknown@relay.example>"),
        new("own 4.3.5", "policy", From, "RCPT TO:<own435@relay.example>"),
        new("own 4.3.1", "policy", From, "RCPT TO:<own431@relay.example>"),
        new("own 4.3.0", "policy", From, "RCPT TO:<own430@relay.example>"),
        new("far too many recipients", "policy", [From, .. Enumerable.Range(0, 6).Select(static i => $"RCPT TO:<{i}@relay.example>")]),
        new("two things", "bounce policy", From, "RCPT TO:<reject@relay.example>", "RCPT TO:<ghost@mail.example.com>"),
        new("nobody left", "policy", From, "RCPT TO:<x@elsewhere.example>", "DATA"),
        new("something before a message", "", "BOGUS", From, "RCPT TO:<x@relay.example>", "DATA", "."),
    ];

    /// <summary>The classes that speak of sessions.</summary>
    public static IReadOnlyList<string> AllClasses { get; } = ["bounce", "data", "policy", "protocol", "resource", "software"];

    /// <summary>Of a server that tells of one class: who is told says which.</summary>
    public static IEnumerable<string> ConfigurationFor(string type) =>
        [.. Configuration, $"notify_classes = {type}", $"error_notice_recipient = error-{type}@mail.example.com", $"bounce_notice_recipient = bounce-{type}@mail.example.com"];

    /// <summary>Who is told, by servers of each class in their order.</summary>
    public IEnumerable<string> Told => Classes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => $"{(Classes.Contains("bounce", StringComparison.Ordinal) ? "bounce" : "error")}-{c}@mail.example.com");

    internal async Task PlayAsync(SmtpdClient client)
    {
        await client.ReadReplyAsync();
        foreach (var command in (string[])["EHLO h.example", .. Commands])
        {
            await client.CommandAsync(command);
        }
    }

    public override string ToString() => Name;
}
