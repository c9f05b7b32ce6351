using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Conformance.Smtp;
using Estafeta.Mail.Envelopes;
using Estafeta.Tests.Daemons.Cleanup;
using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Conformance.Cleanup;

/// <summary>
/// header_checks, mime_header_checks, nested_header_checks and body_checks over generated messages, by the installed Postfix and by ours: the
/// same lines looked at by the same tables, and the same content in the end.
/// </summary>
public sealed partial class ContentDifferenceTests
{
    private const int Messages = 400;

    [Theory]
    [InlineData("")]
    [InlineData("disable_mime_input_processing = yes\nstrict_8bitmime = yes\nstrict_mime_encoding_domain = yes\n")]
    public async Task Checks_SeeTheSameLines_AndLeaveTheSameContent(string settings)
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        var cancellationToken = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("estafeta-content");
        folder.UnixFileMode = (UnixFileMode)0x1ED;
        var tables = Tables(folder.FullName) + settings;
        await using var sink = new ScriptedSmtpServer();
        await using var postfix = await PostfixInstance.StartAsync(
            $"{tables}relayhost = [127.0.0.1]:{sink.Port}\nlocal_header_rewrite_clients =\nsmtp_line_length_limit = 0\nsmtp_destination_concurrency_limit = 1\nsmtp_send_xforward_command = no",
            cancellationToken);
        await using var ours = new CleanupBench(tables);
        var generator = new MimeMessageGenerator(20261125);
        var messages = Enumerable.Range(0, Messages).Select(generator.Next).ToList();
        foreach (var message in messages)
        {
            await postfix.SubmitAsync("a@b.example", ["r@relay.example"], Stuffed(message), cancellationToken);
        }

        await postfix.UntilAsync(() => postfix.Log.Count(l => l.Contains("status=sent", StringComparison.Ordinal)) == Messages, cancellationToken);
        var theirLines = Grouped(postfix.Log);
        var theirContent = SinkContents.Of(sink);
        var differences = new StringBuilder();
        for (var i = 0; i < Messages; i++)
        {
            var (ourLines, ourContent) = await CleanAsync(ours, messages[i]);
            if (!ourLines.SequenceEqual(theirLines[i]) || ourContent != theirContent[i])
            {
                differences.Append($"--- message {i}:\n{messages[i]}--- Postfix:\n{string.Join('\n', theirLines[i])}\n{theirContent[i]}--- ours:\n{string.Join('\n', ourLines)}\n{ourContent}");
            }
        }

        folder.Delete(recursive: true);
        Assert.True(differences.Length == 0, differences.ToString());
    }

    /// <summary>
    /// force_mime_input_conversion, which the installed Postfix does not have, is what it does to mail for a server without 8BITMIME.
    /// </summary>
    [Fact]
    public async Task ForcedConversion_MakesWhatPostfixSendsToServersOfSevenBits()
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sink = new ScriptedSmtpServer();
        sink.On("EHLO", "250-mx.test\n250 PIPELINING");
        await using var postfix = await PostfixInstance.StartAsync(
            $"relayhost = [127.0.0.1]:{sink.Port}\nlocal_header_rewrite_clients =\nsmtp_line_length_limit = 0\nsmtp_destination_concurrency_limit = 1\nsmtp_send_xforward_command = no",
            cancellationToken);
        await using var ours = new CleanupBench("force_mime_input_conversion = yes\n");
        var generator = new MimeMessageGenerator(20261126);
        var messages = Enumerable.Range(0, Messages).Select(generator.Next).ToList();
        foreach (var message in messages)
        {
            await postfix.SubmitAsync("a@b.example", ["r@relay.example"], Stuffed(message), cancellationToken);
        }

        await postfix.UntilAsync(() => postfix.Log.Count(l => l.Contains("status=sent", StringComparison.Ordinal)) == Messages, cancellationToken);
        var theirs = SinkContents.Of(sink);
        var differences = new StringBuilder();
        var converted = 0;
        for (var i = 0; i < Messages; i++)
        {
            var (_, content) = await CleanAsync(ours, messages[i]);
            converted += content.Contains("quoted-printable\n", StringComparison.Ordinal) && !messages[i].Contains("quoted-printable\n", StringComparison.Ordinal) ? 1 : 0;
            if (content != theirs[i] && !OpaqueContainer().IsMatch(messages[i]))
            {
                differences.Append($"--- message {i}:\n{messages[i]}--- Postfix:\n{theirs[i]}--- ours:\n{content}");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
        Assert.True(converted > Messages / 20, $"only {converted} messages were converted");
    }

    private static string Tables(string folder)
    {
        const string Header = "/^X-Ign/ IGNORE\n/^X-Rep/ REPLACE X-New: new\n/^X-Pre/ PREPEND X-Before: b\n/^X-Strip/ STRIP s\n/^Received/ DUNNO\n/./ WARN head\n";
        const string Body = "/^ign/ IGNORE\n/^rep/ REPLACE new\n/^pre/ PREPEND before\n/^strip/ STRIP s\n/./ WARN body\n";
        File.WriteAllText(Path.Combine(folder, "header"), Header);
        File.WriteAllText(Path.Combine(folder, "mime"), Header.Replace("WARN head", "WARN mime", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "nested"), Header.Replace("WARN head", "WARN nested", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(folder, "body"), Body);
        return $"header_checks = regexp:{folder}/header\nmime_header_checks = regexp:{folder}/mime\nnested_header_checks = regexp:{folder}/nested\nbody_checks = regexp:{folder}/body\n";
    }

    private static string Stuffed(string message) => ("\n" + message).Replace("\n.", "\n..", StringComparison.Ordinal)[1..];

    private static async Task<(List<string> Lines, string Content)> CleanAsync(CleanupBench bench, string message)
    {
        var before = bench.Log.Lines.Count;
        var request = CleanupBench.Request("a@b.example", isLocal: false) with
        {
            Client = new ClientIdentity { Name = "unknown", Address = "127.0.0.1", Protocol = "ESMTP", Helo = "client.test" },
        };
        await bench.SendAsync(request, [CleanupBench.Recipient("r@relay.example")], [Encoding.Latin1.GetBytes("Received: here\n" + message)]);
        var content = Encoding.Latin1.GetString(bench.LastContent());
        return ([.. bench.Log.Lines.Skip(before).Select(Check).OfType<string>()], content[(content.IndexOf('\n') + 1)..]);
    }

    // The check lines of each message, in the order of their arrival.
    private static List<List<string>> Grouped(IEnumerable<string> log)
    {
        var groups = new List<List<string>>();
        foreach (var line in log)
        {
            if (line.Contains(": client=", StringComparison.Ordinal))
            {
                groups.Add([]);
            }
            else if (line.Contains("/cleanup[", StringComparison.Ordinal) && Check(line) is { } check)
            {
                groups[^1].Add(check);
            }
        }

        return groups;
    }

    // "QID: warning: header Subject: x from unknown[127.0.0.1]; …: text" without what is the same for all.
    private static string? Check(string line) => CheckLine().Match(line) is { Success: true } match
        ? Unprintable().Replace(match.Groups[1].Value + " " + match.Groups[2].Value, "?")
        : null;

    [GeneratedRegex(@"[0-9A-F]{6,}: ((?:warning|replace|prepend|strip): (?:header|body) .*) from [^ ]+\[127\.0\.0\.1\];.*helo=<client\.test>: (.*)$", RegexOptions.Singleline)]
    private static partial Regex CheckLine();

    // A container that is not looked into: Postfix calls its content 7bit and encodes it all the same, so that nobody can read it.
    [GeneratedRegex(@"^content-type: ?(message/(?!rfc822)|multi[a-z]*$)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex OpaqueContainer();

    [GeneratedRegex(@"[^ -~]")]
    private static partial Regex Unprintable();
}
