using Estafeta.Services.Verification;

namespace Estafeta.Tests.Daemons.Smtpd.Access;

/// <summary>reject_unverified_sender and reject_unverified_recipient, and their parameters; the replies are those of Debian's Postfix. With real probes: Interop.</summary>
public sealed class VerifiedAddressTests
{
    private const string Why = "_reject_reason = RRR\n";

    [Theory]
    [InlineData("", "gone", "451 4.1.X <gone@x.example>: CLASS address rejected: unverified address: gone for good")]
    [InlineData("", "away", "452 4.1.X <away@x.example>: CLASS address rejected: unverified address: connect: Connection refused")]
    [InlineData("", "here", "250")]
    [InlineData("reason", "gone", "451 4.1.X <gone@x.example>: CLASS address rejected: unverified address: RRR")]
    [InlineData("reason", "away", "452 4.1.X <away@x.example>: CLASS address rejected: unverified address: RRR")]
    [InlineData("reject", "gone", "550 5.1.X <gone@x.example>: CLASS address rejected: undeliverable address: gone for good")]
    [InlineData("reject reason", "gone", "550 5.1.X <gone@x.example>: CLASS address rejected: undeliverable address: RRR")]
    [InlineData("reject reason", "away", "452 4.1.X <away@x.example>: CLASS address rejected: unverified address: RRR")]
    [InlineData("then reject", "gone", "554 5.7.1 <gone@x.example>: CLASS address rejected: Access denied")]
    [InlineData("then reject", "here", "554 5.7.1 <here@x.example>: CLASS address rejected: Access denied")]
    [InlineData("defer then reject", "gone", "451 4.1.X <gone@x.example>: CLASS address rejected: unverified address: gone for good")]
    [InlineData("defer then reject", "away", "452 4.1.X <away@x.example>: CLASS address rejected: unverified address: connect: Connection refused")]
    [InlineData("defer", "down", "450 4.1.X <down@x.example>: CLASS address rejected: address verification problem")]
    public async Task Address_IsTakenByWhatTheProbeFound(string settings, string user, string reply)
    {
        foreach (var side in new[] { "sender", "recipient" })
        {
            var configuration = $"smtpd_{side}_restrictions = reject_unverified_{side}, {(settings.EndsWith("then reject", StringComparison.Ordinal) ? "reject" : "permit")}\n"
                + $"unverified_{side}_reject_code = {(settings.StartsWith("reject", StringComparison.Ordinal) ? 550 : 451)}\nunverified_{side}_defer_code = 452\n"
                + (settings.Contains("reason", StringComparison.Ordinal) ? $"unverified_{side}{Why}" : "")
                + (settings.StartsWith("defer", StringComparison.Ordinal) ? $"unverified_{side}_tempfail_action = defer\n" : "");
            await using var server = new SmtpdFixture(configuration, partners: p => p with { Verifier = new Verifier() });
            var (sender, recipient) = side == "sender" ? (user + "@x.example", "r@relay.example") : ("a@b.example", user + "@x.example");
            var replies = await server.ConverseAsync("EHLO h", $"MAIL FROM:<{sender}>", $"RCPT TO:<{recipient}>");
            var expected = reply.Replace("4.1.X", side == "sender" ? "4.1.7" : "4.1.1", StringComparison.Ordinal).Replace("5.1.X", side == "sender" ? "5.1.7" : "5.1.1", StringComparison.Ordinal)
                .Replace("CLASS", side == "sender" ? "Sender" : "Recipient", StringComparison.Ordinal);
            Assert.StartsWith(expected, replies.TrimEnd('\n').Split('\n')[^1], StringComparison.Ordinal);
        }
    }

    private sealed class Verifier : IAddressVerifier
    {
        public ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken) => new(address[..address.IndexOf('@')] switch
        {
            "gone" => new VerificationAnswer(VerificationOutcome.Undeliverable, "5.1.1 gone for good"),
            "away" => new VerificationAnswer(VerificationOutcome.Deferred, "4.4.1 connect: Connection refused"),
            "down" => throw new IOException("nobody there"),
            _ => new VerificationAnswer(VerificationOutcome.Deliverable, "2.0.0 delivers"),
        });
    }
}
