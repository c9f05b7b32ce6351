using System.Text;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>Parameters of cleanup that the recorded files leave alone. What Debian's Postfix knows of them was asked of it.</summary>
public sealed class CleanupParameterTests
{
    private const string Unended = "Subject: s\nno header\nbody\n";

    /// <summary>non_empty_end_of_header_action, new in 3.11.</summary>
    [Theory]
    [InlineData("fix_quietly", "\n\nno header\nbody\n")]
    [InlineData("add_header", "\nMIME-Error: message header was not terminated by empty line\n\nno header\nbody\n")]
    public async Task HeaderThatDoesNotEnd_IsEnded(string action, string end)
    {
        for (var at = 0; at <= Unended.Length; at++)
        {
            await using var bench = new CleanupBench("non_empty_end_of_header_action = " + action);
            var content = await SendAsync(bench, Unended[..at], Unended[at..]);

            Assert.EndsWith(end, content, StringComparison.Ordinal);
            Assert.Equal(action == "add_header", content.Contains("MIME-Error", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task HeaderThatDoesNotEnd_MayBeRefused()
    {
        await using var bench = new CleanupBench("non_empty_end_of_header_action = reject");
        var result = await bench.SendAsync(CleanupBench.Request(), [CleanupBench.Recipient("r@r.test")], [Encoding.ASCII.GetBytes(Unended)]);

        Assert.Equal(CleanupOutcome.Rejected, result.Outcome);
        Assert.Contains(bench.Log.Lines, static l => l.Contains("reject: mime-error message header was not terminated by empty line: no header", StringComparison.Ordinal));
        Assert.EndsWith("\n\nbody\n", await SendAsync(bench, "Subject: s\n\nbody\n"), StringComparison.Ordinal);
    }

    /// <summary>cleanup_replace_stray_cr_lf, new in 3.9: nothing goes on that another server could take for the end of a line.</summary>
    [Theory]
    [InlineData("yes", "Subject: a b\n", "\n\nc d  e \n.\n")]
    [InlineData("no", "Subject: a\rb\n", "\n\nc\rd\r\re\r\n.\n")]
    public async Task StrayLineEnd_BecomesABlank(string replaces, string header, string end)
    {
        const string Sent = "Subject: a\rb\n\nc\rd\r\re\r\n.\n";
        for (var at = 0; at <= Sent.Length; at++)
        {
            await using var bench = new CleanupBench("cleanup_replace_stray_cr_lf = " + replaces);
            var content = await SendAsync(bench, Sent[..at], Sent[at..]);

            Assert.Contains(header, content, StringComparison.Ordinal);
            Assert.EndsWith(end, content, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(5, "To: a@mx.oracle.test, b@mx.oracle.test, c@mx.oracle.test\nCc: aa@b.example, bb@b.example\n")]
    [InlineData(7, "To: a@mx.oracle.test, b@mx.oracle.test, c@mx.oracle.test,\n\td@mx.oracle.test\nCc: aa@b.example, bb@mx.oracle.test\n")]
    [InlineData(100, "To: a@mx.oracle.test, b@mx.oracle.test, c@mx.oracle.test,\n\td@mx.oracle.test\nCc: aa@b.example, bb@b.example\n")]
    public async Task AddressHeader_IsReadUpToTheTokenLimit(int limit, string header)
    {
        await using var bench = new CleanupBench($"header_address_token_limit = {limit}");

        Assert.Contains(header, await SendAsync(bench, "To: a, b, c, d\nCc: aa@b.example, bb@b.example\n\nx\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CanonicalClasses_SayWhereTheTablesCount()
    {
        await using var bench = new CleanupBench("""
            sender_canonical_classes = header_sender
            sender_canonical_maps = inline:{{s@x.y=sc@x.y}}
            recipient_canonical_classes = envelope_recipient
            recipient_canonical_maps = inline:{{r@r.test=rc@r.test}}
            """);
        var content = await SendAsync(bench, "From: s@x.y\nTo: r@r.test\n\nx\n");

        Assert.Equal(("s@x.y", "rc@r.test"), (bench.LastMessage().Envelope.Sender, bench.LastMessage().Envelope.Recipients[0].Address));
        Assert.Contains("From: sc@x.y\nTo: r@r.test\n", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "a b b")]
    [InlineData(2, "a b")]
    [InlineData(0, "a b")]
    public async Task DuplicateFilter_RemembersSoMany(int limit, string kept)
    {
        await using var bench = new CleanupBench($"duplicate_filter_limit = {limit}");
        await bench.SendAsync(CleanupBench.Request(), new[] { "a", "b", "b", "a" }.Select(static u => CleanupBench.Recipient(u + "@r.test")), ["Subject: s\n\nx\n"u8.ToArray()]);

        Assert.Equal(kept, string.Join(' ', bench.LastMessage().Envelope.Recipients.Select(static r => r.Address[..1])));
    }

    [Theory]
    [InlineData("yes", true)]
    [InlineData("no", false)]
    public async Task EncodingHeader_MakesAMessageOfEightBits(string detects, bool isDeclared)
    {
        await using var bench = new CleanupBench("detect_8bit_encoding_header = " + detects);
        await SendAsync(bench, "MIME-Version: 1.0\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\nx\n");

        Assert.Equal(isDeclared, bench.LastMessage().Envelope.Is8Bit);
    }

    /// <summary>requiretls_esmtp_header, new in 3.11: the demand goes with the message through filters, and is heeded when it comes back.</summary>
    [Theory]
    [InlineData("", true, "", true, "Require-TLS-ESMTP: yes\n")]
    [InlineData("", true, "require-tls-esmtp: Yes\n", true, "require-tls-esmtp: Yes\n")]
    [InlineData("", false, "Require-TLS-ESMTP: yes\n", true, "Require-TLS-ESMTP: yes\n")]
    [InlineData("", false, "Require-TLS-ESMTP: no\n", false, "Require-TLS-ESMTP: no\n")]
    [InlineData("", false, "", false, "")]
    [InlineData("requiretls_esmtp_header = no", true, "", true, "")]
    [InlineData("requiretls_esmtp_header = no", false, "Require-TLS-ESMTP: yes\n", false, "Require-TLS-ESMTP: yes\n")]
    [InlineData("requiretls_enable = no", false, "Require-TLS-ESMTP: yes\n", false, "Require-TLS-ESMTP: yes\n")]
    public async Task RequireTls_StandsInAHeader(string mainCf, bool isAsked, string header, bool isRequired, string kept)
    {
        await using var bench = new CleanupBench(mainCf);
        var content = $"Received: x\nMessage-Id: <a@b>\nDate: x\nFrom: a@b\nTo: b@c\n{header}\nx\n";
        await bench.SendAsync(CleanupBench.Request() with { RequireTls = isAsked }, [CleanupBench.Recipient("r@r.test")], [Encoding.ASCII.GetBytes(content)]);

        Assert.Equal(isRequired, bench.LastMessage().Envelope.RequireTls);
        Assert.EndsWith($"\nTo: b@c\n{kept}\nx\n", Encoding.ASCII.GetString(bench.LastContent()), StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(CleanupBench bench, params string[] content)
    {
        var result = await bench.SendAsync(
            CleanupBench.Request("s@x.y"), [CleanupBench.Recipient("r@r.test")], content.Select(static c => (ReadOnlyMemory<byte>)Encoding.Latin1.GetBytes(c)));
        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
        return Encoding.Latin1.GetString(bench.LastContent());
    }
}
