using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Configuration;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>header_checks and its kin: what is shown to which table, and what the actions do. The vectors are Postfix's answers.</summary>
public sealed class ContentCheckTests : IDisposable
{
    private static readonly VectorFile Mime = new("Daemons/Cleanup/mime.tsv");
    private static readonly VectorFile Actions = new("Daemons/Cleanup/actions.tsv");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("checks");

    public void Dispose() => _directory.Delete(true);

    [Fact]
    public async Task Content_IsShownToTheTablesPostfixShowsItTo()
    {
        await using var bench = Showing();
        var wrong = new List<string>();
        foreach (var row in Mime.Rows("M"))
        {
            var content = (byte[])[.. "Received: x\n"u8, .. VectorFile.Unescape(row[1])];
            var shown = await ShowAsync(bench, [content]);
            if (!shown.SequenceEqual(row[2..]))
            {
                wrong.Add($"{row[1]}\n  wanted {string.Join(" | ", row[2..])}\n  got    {string.Join(" | ", shown)}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Content_SplitAnywhere_IsShownAndKeptAlike()
    {
        await using var bench = Showing();
        foreach (var row in Mime.Rows("M").Where(r => r[1].Length < 700))
        {
            var content = (byte[])[.. "Received: x\n"u8, .. VectorFile.Unescape(row[1])];
            await ShowAsync(bench, [content]);
            var whole = Body(bench);
            for (var at = 0; at <= content.Length; at++)
            {
                Assert.Equal(row[2..], await ShowAsync(bench, [content.AsMemory(0, at), content.AsMemory(at)]));
                Assert.Equal(whole, Body(bench));
            }

            Assert.Equal(row[2..], await ShowAsync(bench, Enumerable.Range(0, content.Length).Select(i => (ReadOnlyMemory<byte>)content.AsMemory(i, 1))));
            Assert.Equal(whole, Body(bench));
        }
    }

    [Fact]
    public async Task Actions_DoWhatTheyDoInPostfix()
    {
        var table = Path.Combine(_directory.FullName, "checks");
        await File.WriteAllLinesAsync(table, Actions.Rows("T").Select(r => r[1]), TestContext.Current.CancellationToken);
        await using var bench = new CleanupBench($"header_checks = regexp:{table}\nmime_header_checks =\nbody_checks = regexp:{table}\n");
        var wrong = new List<string>();
        foreach (var row in Actions.Rows("A"))
        {
            var logged = bench.Log.Lines.Count;
            var accepted = bench.Queue.Accepted.Count;
            var result = await bench.SendAsync(
                Request(), [CleanupBench.Recipient("rcpt@r.test")], [(byte[])[.. "Received: x\n"u8, .. VectorFile.Unescape(row[1])]]);
            var actual = string.Join(" | ", [
                result.Outcome.ToString(), result.Text, .. bench.Log.Lines.Skip(logged).Select(l => Log(l, bench.LastId)).Where(IsRelevant),
                .. bench.Queue.Accepted.Count > accepted ? Envelope(bench) : []]);
            if (actual != string.Join(" | ", row[2..]))
            {
                wrong.Add($"{row[1]}\n  wanted {string.Join(" | ", row[2..])}\n  got    {actual}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public async Task Hold_PutsTheMessageOnHold()
    {
        await using var bench = Bench("/^X:/ HOLD because");
        await bench.SendAsync(Request(), [CleanupBench.Recipient("rcpt@r.test")], ["X: 1\n\nb\n"u8.ToArray()]);
        Assert.Equal(QueueName.Hold, bench.LastMessage().Queue);
        Assert.Contains(bench.Log.Lines, l => l.EndsWith(": hold: header X: 1 from c.test[1.2.3.4]; from=<sender@s.test> to=<rcpt@r.test> proto=ESMTP helo=<h.test>: because", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Redirect_SendsItElsewhereOnly()
    {
        await using var bench = Bench("/^X:/ REDIRECT else@where.test");
        var first = CleanupBench.Recipient("a@r.test") with { Notify = DsnNotify.Success, DsnOriginalRecipient = "rfc822;own@r.test" };
        await bench.SendAsync(Request(), [first, CleanupBench.Recipient("b@r.test")], ["X: 1\n\nb\n"u8.ToArray()]);
        Assert.Equal([first with { Address = "else@where.test", OriginalAddress = first.Address }], bench.LastMessage().Envelope.Recipients);
        Assert.Equal("2", bench.LastMessage().Envelope.LoggedRecipientCount);
    }

    [Theory]
    [InlineData("", CleanupOutcome.Ok)]
    [InlineData("notify", CleanupOutcome.Ok)]
    [InlineData("bounce", CleanupOutcome.Rejected)]
    public async Task Notifications_AreChecked_WhereTheirClassIsFiltered(string classes, CleanupOutcome expected)
    {
        var parameters = "internal_mail_filter_classes = " + classes;
        await using var bench = Bench("/^X:/ REJECT", parameters);
        var flags = MailClassFlags.Load(ParameterSet.Parse(parameters), MailClasses.Bounce);
        var result = await bench.SendAsync(Request() with { Flags = flags }, [CleanupBench.Recipient("a@r.test")], ["X: 1\n\nb\n"u8.ToArray()]);
        Assert.Equal(expected, result.Outcome);
    }

    [Fact]
    public async Task ForwardedMail_IsNeitherCheckedNorCopied()
    {
        await using var bench = Bench("/^X:/ REJECT", "always_bcc = archive@oracle.test");
        var flags = MailClassFlags.Load(ParameterSet.Parse(""), MailClasses.Forward);
        await bench.SendAsync(Request() with { Flags = flags }, [CleanupBench.Recipient("a@r.test")], ["X: 1\n\nb\n"u8.ToArray()]);
        Assert.Equal("a@r.test", Assert.Single(bench.LastMessage().Envelope.Recipients).Address);
    }

    [Fact]
    public async Task Pass_EndsChecking()
    {
        await using var bench = Bench("/^X: pass/ PASS\n/^Y:/ REJECT\n/^body/ REJECT");
        var result = await bench.SendAsync(Request(), [CleanupBench.Recipient("a@r.test")], ["X: pass\nY: 1\n\nbody\n"u8.ToArray()]);
        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
    }

    [Fact]
    public async Task TroubleWithATable_RefusesForNow()
    {
        await using var bench = new CleanupBench("header_checks = fail:x");
        var result = await bench.SendAsync(Request(), [CleanupBench.Recipient("a@r.test")], ["X: pass\n\nbody\n"u8.ToArray()]);
        Assert.Equal(CleanupOutcome.WriteError, result.Outcome);
    }

    [Fact]
    public async Task BodySizeLimit_CountsPerPart()
    {
        await using var bench = Bench("/^zz/ WARN seen", "body_checks_size_limit = 20");
        await bench.SendAsync(Request(), [CleanupBench.Recipient("a@r.test")], [Encoding.ASCII.GetBytes(
            "Content-Type: multipart/mixed; boundary=b\n\nzz1\n0123456789012345\nzz2\n--b\n\nzz3\n0123456789012345\nzz4\n--b--\n")]);
        Assert.Equal(["zz1", "zz3"], bench.Log.Lines.Where(l => l.Contains("warning: body")).Select(l => l.Split("body ")[1][..3]));
    }

    [Theory]
    [InlineData("strict_7bit_headers", "Subject: \u00fc\n\nb\n", "improper use of 8-bit data in message header", "Subject: \u00fc")]
    [InlineData("strict_8bitmime_body", "Subject: x\n\nabc\n\u00fc\n", "improper use of 8-bit data in message body", "\u00fc")]
    [InlineData("strict_8bitmime", "Subject: \u00fc\n\nb\n", "improper use of 8-bit data in message header", "Subject: \u00fc")]
    [InlineData("strict_mime_encoding_domain", "Content-Type: multipart/mixed; boundary=a\nContent-Transfer-Encoding: base64\n\n--a\n\nb\n", "invalid message/* or multipart/* encoding domain", "base64")]
    public async Task Strictness_RefusesInPostfixWords(string parameter, string content, string problem, string detail)
    {
        await using var bench = new CleanupBench($"{parameter} = yes");
        var result = await bench.SendAsync(Request(), [CleanupBench.Recipient("rcpt@r.test")], [Encoding.UTF8.GetBytes(content)]);
        Assert.Equal((CleanupOutcome.Rejected, $"5.6.0 {problem}"), (result.Outcome, result.Text));
        Assert.Contains($"{bench.LastId}: reject: mime-error {problem}: {detail} from c.test[1.2.3.4]; from=<sender@s.test> to=<rcpt@r.test>", bench.Log.Lines);
        await using var lenient = new CleanupBench();
        Assert.Equal(CleanupOutcome.Ok, (await lenient.SendAsync(Request(), [CleanupBench.Recipient("rcpt@r.test")], [Encoding.UTF8.GetBytes(content)])).Outcome);
    }

    /// <summary>Where somebody looks at the headers within, or is strict; elsewhere nobody minds.</summary>
    [Theory]
    [InlineData("header_checks = regexp:{{/nothing/ WARN}}", 100, 102, CleanupOutcome.Ok)]
    [InlineData("header_checks = regexp:{{/nothing/ WARN}}", 100, 103, CleanupOutcome.Rejected)]
    [InlineData("header_checks = regexp:{{/nothing/ WARN}}", 100, 100_000, CleanupOutcome.Rejected)]
    [InlineData("nested_header_checks = regexp:{{/nothing/ WARN}}", 2, 4, CleanupOutcome.Ok)]
    [InlineData("nested_header_checks = regexp:{{/nothing/ WARN}}", 2, 5, CleanupOutcome.Rejected)]
    [InlineData("strict_7bit_headers = yes", 2, 5, CleanupOutcome.Rejected)]
    [InlineData("strict_8bitmime_body = yes", 2, 5, CleanupOutcome.Rejected)]
    [InlineData("strict_mime_encoding_domain = yes", 2, 5, CleanupOutcome.Rejected)]
    [InlineData("body_checks = regexp:{{/nothing/ WARN}}", 2, 5, CleanupOutcome.Ok)]
    [InlineData("milter_header_checks = regexp:{{/nothing/ WARN}}", 2, 5, CleanupOutcome.Ok)]
    [InlineData("", 2, 1000, CleanupOutcome.Ok)]
    public async Task Nesting_IsBounded(string checks, int limit, int depth, CleanupOutcome outcome)
    {
        var content = new StringBuilder();
        for (var i = 0; i < depth; i++)
        {
            content.Append("Content-Type: multipart/mixed; boundary=b").Append(i).Append("\n\n--b").Append(i).Append('\n');
        }

        await using var bench = new CleanupBench($"message_size_limit = 0\nmime_nesting_limit = {limit}\n{checks}");
        var result = await bench.SendAsync(Request(), [CleanupBench.Recipient("rcpt@r.test")], [Encoding.ASCII.GetBytes(content + "\nx\n")]);
        Assert.Equal(outcome, result.Outcome);
    }

    [Fact]
    public async Task RefusedMail_WithNobodyWaiting_GoesBack()
    {
        await using var bench = Bench("/^X:/ REJECT no such thing");
        var request = CleanupBench.Request("me") with { Flags = CleanupFlags.BounceOnError };
        var result = await bench.SendAsync(request, [CleanupBench.Recipient("a"), CleanupBench.Recipient("b@c")], ["X: 1\nSubject: s\n\nbody\n"u8.ToArray()]);
        Assert.Equal(CleanupOutcome.Ok, result.Outcome);
        Assert.Empty(bench.Queue.Accepted);
        var notification = Assert.Single(bench.Notifications);
        Assert.Equal(["a@mx.oracle.test", "b@c"], notification.Recipients.Select(r => r.Address));
        Assert.All(notification.Recipients, r => Assert.Equal("5.7.1 no such thing", $"{r.Status.Status} {r.Status.Reason}"));
        Assert.Contains("Subject: s\n", Encoding.UTF8.GetString(notification.Head.Span));
        Assert.Contains(bench.Log.Lines, l => l.StartsWith($"{bench.LastId}: to=<a@mx.oracle.test>, orig_to=<a>, relay=none, delay=", StringComparison.Ordinal)
            && l.EndsWith(", dsn=5.7.1, status=bounced (no such thing)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ExpandedAlias_IsReported_WhenSuccessIsWanted()
    {
        await using var bench = new CleanupBench("virtual_alias_maps = inline:{ {a@va.test=x@r.test} }");
        await bench.SendAsync(Request(), [CleanupBench.Recipient("a@va.test//1")], ["X: 1\n\nbody\n"u8.ToArray()]);
        var report = Assert.Single(Assert.Single(bench.Notifications).Recipients);
        Assert.Equal(("a@va.test", "expanded", "alias expanded"), (report.Address, report.Status.SuccessWord, report.Status.Reason));
    }

    private static CleanupRequest Request() => CleanupBench.Request() with
    {
        Client = new ClientIdentity { IsLocal = true, Name = "c.test", Address = "1.2.3.4", Protocol = "ESMTP", Helo = "h.test" },
    };

    private CleanupBench Bench(string table, string parameters = "")
    {
        var path = Path.Combine(_directory.FullName, "table");
        File.WriteAllText(path, table + "\n");
        return new CleanupBench($"header_checks = regexp:{path}\nbody_checks = regexp:{path}\n{parameters}");
    }

    private CleanupBench Showing()
    {
        foreach (var table in "hmnb")
        {
            File.WriteAllText(Path.Combine(_directory.FullName, table.ToString()), $"/^(.*)/ WARN {table}\n");
        }

        var d = _directory.FullName;
        return new CleanupBench(
            $"header_checks = regexp:{d}/h\nmime_header_checks = regexp:{d}/m\nnested_header_checks = regexp:{d}/n\nbody_checks = regexp:{d}/b\nmime_boundary_length_limit = 10");
    }

    private static async Task<List<string>> ShowAsync(CleanupBench bench, IEnumerable<ReadOnlyMemory<byte>> content)
    {
        var logged = bench.Log.Lines.Count;
        await bench.SendAsync(Request(), [CleanupBench.Recipient("rcpt@r.test")], content);
        var shown = new List<string>();
        foreach (var line in bench.Log.Lines.Skip(logged).Where(l => l.Contains(": warning: ", StringComparison.Ordinal)).Skip(1))
        {
            var text = line[(line.IndexOf("warning: ", StringComparison.Ordinal) + 9)..];
            text = text[(text.IndexOf(' ') + 1)..text.LastIndexOf(" from c.test[1.2.3.4]", StringComparison.Ordinal)];
            shown.Add(line[^1] + " " + Printable(text.Length > 60 ? text[..60] : text));
        }

        return shown;
    }

    private static string Printable(string text) => string.Concat(text.Select(c => c < ' ' ? '?' : c)).Replace("\\", "\\\\");

    private static string Body(CleanupBench bench) => 
        Regex.Replace(Encoding.Latin1.GetString(bench.LastContent()), @"<\d{14}\.\w+@|\nDate: .*", "");

    private static string Log(string line, string id) => line.Replace(id + ": ", "", StringComparison.Ordinal);

    private static bool IsRelevant(string line) =>
        !line.StartsWith("message-id=", StringComparison.Ordinal) && !line.StartsWith("removed (", StringComparison.Ordinal) && !line.StartsWith("warning: bad ", StringComparison.Ordinal)
        && !line.StartsWith("warning: unknown ", StringComparison.Ordinal) && !line.Contains("without text", StringComparison.Ordinal) && !line.Contains("missing FILTER", StringComparison.Ordinal);

    private static IEnumerable<string> Envelope(CleanupBench bench)
    {
        var content = Encoding.Latin1.GetString(bench.LastContent())["Received: x\n".Length..];
        var at = content.IndexOf("Message-Id: ", StringComparison.Ordinal);
        yield return "head " + content[..at].Replace("\n", "\\n");
        yield return "body " + content[(content.IndexOf("\n\n", StringComparison.Ordinal) + 2)..].Replace("\n", "\\n");
        var envelope = bench.LastMessage().Envelope;
        yield return "to " + string.Join(' ', envelope.Recipients.Select(r => $"{r.Address}/{(int)r.Notify}"));
        if (envelope.ContentFilter != null)
        {
            yield return "filter " + envelope.ContentFilter;
        }
    }
}
