using System.Text;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dkim;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;
using Estafeta.Tests.Authentication;
using Estafeta.Tests.Authentication.Dkim;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>DKIM signatures and ARC seals of queued messages, and results written into them.</summary>
public sealed class SigningTests : IDisposable
{
    private const string Message = "Received: by us\n\tid 1\nFrom: A <a@example.com>\nTo: b@example.net\nSubject: s\nDate: Fri, 2 Jan 2026 03:04:05 +0000\nMessage-ID: <1@x>\n\nbody\n\n";

    // RFC 8463 appendix A.1.
    private const string Key = "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta-signing");

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("*@example.com good", "a@example.com")]
    [InlineData("*@other.com bad\n# comment\n*@*.com good", "a@example.com")]
    [InlineData("A@EXAMPLE.COM good", "a@example.com")]
    [InlineData("* percent", "a@example.com")]
    public async Task OwnMail_IsSigned_ByPatterns(string table, string author)
    {
        await using var bench = Bench("refile", table);
        await SendAsync(bench, Message.Replace("a@example.com", author, StringComparison.Ordinal));
        var result = Assert.Single(await VerifyAsync(bench));
        Assert.Equal((DkimOutcome.Pass, "example.com", "s"), (result.Outcome, result.Domain, result.Selector));
        Assert.Contains($"{bench.LastId}: DKIM-Signature: d=example.com, s=s, a=ed25519-sha256", bench.Log.Lines.Select(l => l[(l.IndexOf(' ') + 1)..]).Concat(bench.Log.Lines));
    }

    [Theory]
    [InlineData("a@example.com good", "a@example.com", true)]
    [InlineData("example.com good", "a@example.com", true)]
    [InlineData(".example.com good", "a@sub.example.com", true)]
    [InlineData("a@.example.com good", "a@sub.example.com", true)]
    [InlineData("a@* good", "a@sub.example.com", true)]
    [InlineData("* good", "a@sub.example.com", true)]
    [InlineData(".example.com good", "a@example.com", false)]
    [InlineData("example.com good", "a@example.org", false)]
    [InlineData("*@example.com good", "a@example.com", false)]
    public async Task OwnMail_IsSigned_ByWholeKeys(string table, string author, bool isSigned)
    {
        await using var bench = Bench("file", table);
        await SendAsync(bench, Message.Replace("a@example.com", author, StringComparison.Ordinal));
        Assert.Equal(isSigned, Content(bench).StartsWith("DKIM-Signature: v=1; ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LookupTables_Work()
    {
        await using var bench = new CleanupBench($"estafeta_dkim_signing_table = inline:{{example.com=k}}\nestafeta_dkim_key_table = inline:{{{{k = example.com:s:{Key}}}}}");
        await SendAsync(bench, Message);
        Assert.Equal(DkimOutcome.Pass, Assert.Single(await VerifyAsync(bench)).Outcome);
    }

    [Fact]
    public async Task SeveralKeys_SignSideBySide()
    {
        await using var bench = Bench("refile", "*@example.com good,second:boss@example.com");
        await SendAsync(bench, Message);
        var results = await VerifyAsync(bench);
        Assert.Equal(["boss@example.com", "boss@example.com"], results.Select(r => r.Identity));
        Assert.All(results, r => Assert.Equal(DkimOutcome.Pass, r.Outcome));
    }

    [Fact]
    public async Task OthersMail_IsNotSigned()
    {
        await using var bench = Bench("refile", "* good");
        await SendAsync(bench, Message, CleanupFlags.None);
        await SendAsync(bench, Message.Replace("Subject: s", "From: second@example.com", StringComparison.Ordinal));
        Assert.DoesNotContain("DKIM-Signature", string.Concat(bench.Queue.Accepted.Select(a => Encoding.UTF8.GetString(a.Content.Head.Span))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignatureIsOfWhatIsQueued_NotOfWhatCame()
    {
        // Addresses are completed, missing headers are added, the body is edited.
        await using var bench = Bench("refile", "*@mx.oracle.test good", "body_checks = pcre:{{/^body/ REPLACE another}}");
        await SendAsync(bench, "From: a\nSubject: s\n\nbody\n");
        Assert.Contains("\n\nanother\n", Content(bench), StringComparison.Ordinal);
        Assert.Equal(DkimOutcome.Pass, Assert.Single(await VerifyAsync(bench)).Outcome);
    }

    [Fact]
    public async Task LargeBody_IsSigned()
    {
        await using var bench = Bench("refile", "*@example.com good");
        await SendAsync(bench, Message + string.Concat(Enumerable.Repeat("a line  of text \n", 50_000)));
        Assert.Equal(DkimOutcome.Pass, Assert.Single(await VerifyAsync(bench)).Outcome);
    }

    [Theory]
    [InlineData("*@example.com missing", "key missing: no such key")]
    [InlineData("*@example.com broken", "key broken: ")]
    [InlineData("*@example.com nofile", "key nofile: ")]
    [InlineData("*@example.com malformed", "key malformed: malformed entry, not domain:selector:key")]
    public async Task KeyThatCannotBeUsed_DefersTheMail(string table, string problem)
    {
        await using var bench = Bench("refile", table);
        var result = await bench.SendAsync(
            CleanupBench.Request() with { Flags = CleanupFlags.Sign }, [CleanupBench.Recipient("b@example.net")], [Encoding.UTF8.GetBytes(Message)]);
        Assert.Equal(CleanupOutcome.Temporary, result.Outcome);
        Assert.Contains(bench.Log.Lines, l => l.Contains($"{bench.LastId}: DKIM: {problem}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("estafeta_dkim_signing_table = refile:/nonexistent/signing\nestafeta_dkim_key_table = inline:{{k=x}}", "the signing table cannot be read")]
    [InlineData("estafeta_dkim_signing_table = inline:{{example.com=k}}\nestafeta_dkim_key_table = file:/nonexistent/keys", "key k: the key table cannot be read")]
    public async Task TableThatCannotBeRead_DefersTheMail(string settings, string problem)
    {
        await using var bench = new CleanupBench(settings);
        Assert.Contains(bench.Log.Lines, l => l.Contains("/nonexistent/", StringComparison.Ordinal) && l.EndsWith("; mail that should be signed will be deferred", StringComparison.Ordinal));
        var result = await bench.SendAsync(
            CleanupBench.Request() with { Flags = CleanupFlags.Sign }, [CleanupBench.Recipient("b@example.net")], [Encoding.UTF8.GetBytes(Message)]);
        Assert.Equal(CleanupOutcome.Temporary, result.Outcome);
        Assert.Contains(bench.Log.Lines, l => l.Contains($"{bench.LastId}: DKIM: {problem} -- message not accepted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PathOfAKey_CannotBeChosenByTheAuthor()
    {
        await using var bench = Bench("refile", "* perauthor");
        _ = await bench.SendAsync(
            CleanupBench.Request() with { Flags = CleanupFlags.Sign }, [CleanupBench.Recipient("b@example.net")], [Encoding.UTF8.GetBytes(Message.Replace("a@example.com", "a@../../etc/x", StringComparison.Ordinal))]);
        Assert.DoesNotContain(bench.Log.Lines, l => l.Contains("/etc/x", StringComparison.Ordinal) && l.Contains("DKIM", StringComparison.Ordinal));
        await SendAsync(bench, Message);
        Assert.Equal("example.com", Assert.Single(await VerifyAsync(bench)).Domain);
    }

    [Theory]
    [InlineData("Authentication-Results: mx.us.example; spf=pass")]
    [InlineData("authentication-results:MX.us.example; spf=pass")]
    [InlineData("Authentication-Results : mx.us.example; spf=pass")]
    [InlineData("Authentication-Results:\n mx.us.example;\n spf=pass")]
    [InlineData("Authentication-Results: (comment (nested) \\) ) mx.us.example; spf=pass")]
    [InlineData("Authentication-Results: \"mx.us.example\"; spf=pass")]
    [InlineData("Authentication-Results: mx.us.example.; spf=pass")]
    [InlineData("Authentication-Results: mx.us.example/1; spf=pass", false)]
    [InlineData("Authentication-Results: mx.us.example 1; spf=pass")]
    [InlineData("Authentication-Results: mx.us.example(1); spf=pass")]
    [InlineData("Authentication-Results: mx.us.\x7f" + "example; spf=pass")]
    [InlineData("Authentication-Results: \u200bmx.us.example; spf=pass")]
    [InlineData("Authentication-Results: ; spf=pass")]
    [InlineData("Authentication-Results: (unclosed mx.us.example; spf=pass")]
    [InlineData("Authentication-Results: another.example; spf=pass", false)]
    [InlineData("X-Authentication-Results: mx.us.example; spf=pass", false)]
    public async Task ForgedResults_AreRemoved(string forged, bool isRemoved = true)
    {
        await using var bench = new CleanupBench("message_drop_headers =");
        var note = new AuthenticationNote("mx.us.example", "Authentication-Results: mx.us.example;\n\tspf=fail smtp.mailfrom=x\n", "", "none", false, 0);
        var message = Message.Replace("From:", forged + "\nFrom:", StringComparison.Ordinal);
        await SendAsync(bench, "Authentication-Results: mx.us.example; x-policy=above\n" + message, CleanupFlags.None, new EnvelopeEdit(EnvelopeEditKind.Authenticated, note.Encode()));
        var content = Content(bench);
        Assert.StartsWith("Authentication-Results: mx.us.example; x-policy=above\nReceived: by us\n\tid 1\n" + note.Headers, content, StringComparison.Ordinal);
        Assert.Equal(isRemoved, !content.Contains(forged + "\n", StringComparison.Ordinal));
        Assert.EndsWith("Message-ID: <1@x>\n\nbody\n\n", content, StringComparison.Ordinal);
        Assert.Equal(isRemoved, bench.Log.Lines.Any(l => l.EndsWith("removed 1 headers that claimed to be results of mx.us.example", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("Received-SPF: Fail (mx.us.example: no)\n", false)]
    public async Task ForgedReceivedSpf_GivesWayToOurs(string ours, bool isKept)
    {
        await using var bench = new CleanupBench();
        var note = new AuthenticationNote("mx.us.example", "Authentication-Results: mx.us.example; spf=fail\n" + ours, "", "none", false, 0);
        await SendAsync(bench, Message.Replace("From:", "Received-SPF: Pass (mx.us.example: yes)\nFrom:", StringComparison.Ordinal), CleanupFlags.None, new EnvelopeEdit(EnvelopeEditKind.Authenticated, note.Encode()));
        Assert.Equal(isKept, Content(bench).Contains("Received-SPF: Pass", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Results_InAMessageWithoutHeaders_AreAHeader()
    {
        await using var bench = new CleanupBench();
        var note = new AuthenticationNote("us", "Authentication-Results: us; none\n", "", "none", false, 0);
        await SendAsync(bench, "\nbody\n", CleanupFlags.None, new EnvelopeEdit(EnvelopeEditKind.Authenticated, note.Encode()));
        Assert.Contains("Authentication-Results: us; none\n", Content(bench).Split("\n\n")[0] + "\n", StringComparison.Ordinal);
    }

    [Fact]
    public async Task CheckedMail_IsSealed()
    {
        await using var bench = Bench("refile", "*@example.com good", "estafeta_arc_seal_key = good");
        var note = new AuthenticationNote("us", "Authentication-Results: us; spf=pass\n", "us;\n\tspf=pass smtp.mailfrom=x", "none", false, 0);
        await SendAsync(bench, Message, CleanupFlags.None, new EnvelopeEdit(EnvelopeEditKind.Authenticated, note.Encode()));
        Assert.Contains(bench.Log.Lines, l => l.EndsWith(": ARC-Seal: i=1, cv=none, d=example.com, s=s", StringComparison.Ordinal));

        var (headers, body) = SigningFixture.Split(Content(bench));
        using var verification = ArcVerification.Begin(headers, Keys().Lookup, TimeProvider.System, TestContext.Current.CancellationToken);
        verification.WriteBody(body);
        Assert.Equal((ArcOutcome.Pass, 1), await verification.FinishAsync() is var r ? (r.Outcome, r.Sets) : default);
    }

    private static Zone Keys() => new("s._domainkey.example.com TXT v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=");

    private static string Content(CleanupBench bench) => Encoding.UTF8.GetString(bench.LastContent());

    private static Task<IReadOnlyList<DkimResult>> VerifyAsync(CleanupBench bench) => SigningFixture.VerifyAsync(bench.LastContent(), Keys(), TimeProvider.System, []);

    private static async Task SendAsync(CleanupBench bench, string message, CleanupFlags flags = CleanupFlags.Sign, params EnvelopeEdit[] edits)
    {
        var result = await bench.SendAsync(
            CleanupBench.Request() with { Flags = flags }, [CleanupBench.Recipient("b@example.net")], [Encoding.UTF8.GetBytes(message)], edits);
        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
    }

    private CleanupBench Bench(string type, string table, string settings = "")
    {
        var keyFile = Path.Combine(_directory.FullName, "key");
        File.WriteAllText(keyFile, $"-----BEGIN PRIVATE KEY-----\n{Key}\n-----END PRIVATE KEY-----\n");
        File.WriteAllText(Path.Combine(_directory.FullName, "example.com.key"), File.ReadAllText(keyFile));
        File.WriteAllText(Path.Combine(_directory.FullName, "signing"), table + "\n");
        File.WriteAllText(
            Path.Combine(_directory.FullName, "keys"),
            $"""
            good example.com:s:{keyFile}
            second example.com:s:{Key}
            percent %:s:{keyFile}
            perauthor %:s:{_directory.FullName}/%.key
            broken example.com:s:{_directory.FullName}/signing
            nofile example.com:s:{_directory.FullName}/nofile
            malformed example.com

            """);
        return new CleanupBench($"estafeta_dkim_signing_table = {type}:{_directory.FullName}/signing\nestafeta_dkim_key_table = file:{_directory.FullName}/keys\n{settings}");
    }
}
