using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Conformance.Smtp;
using Estafeta.Tests.Daemons.Cleanup;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Daemons.Smtpd.Milters;

namespace Estafeta.Conformance.Cleanup;

/// <summary>Threats E01, E02 and D06: headers and MIME structures that are none come out of ours as they come out of the installed Postfix.</summary>
public sealed partial class StrangeContentTests
{
    private static readonly (string, string)[] LongHeaders =
    [
        ("one line", $"X: {new string('a', 200)}\nY: y\n\nbody\n"),
        ("one line of several pieces", $"X: {new string('a', 5000)}\nY: y\n\nbody\n"),
        ("second line too long", $"X: a\n {new string('b', 200)}\nY: y\n\nbody\n"),
        ("second line of several pieces", $"X: a\n {new string('b', 9000)}\n c\nY: y\n\nbody\n"),
        ("many lines", $"X: 1\n {new string('2', 30)}\n {new string('3', 30)}\n {new string('4', 30)}\n 5\nY: y\n\nbody\n"),
        ("many lines, just within", $"X: 1\n{string.Concat(Enumerable.Repeat(" 345678901\n", 9))}Y: y\n\nbody\n"),
        ("many lines, just beyond", $"X: 1\n{string.Concat(Enumerable.Repeat(" 345678901\n", 10))}Y: y\n\nbody\n"),
        ("long, then short", $"X: 1\n {new string('2', 60)}\n {new string('3', 60)}\n 4\n 5\nY: y\n\nbody\n"),
    ];

    [Theory]
    [InlineData("")]
    [InlineData("header_size_limit = 100\n")]
    [InlineData("header_size_limit = 5000\n")]
    public async Task StrangeContent_ComesOutAlike(string settings)
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sink = new ScriptedSmtpServer();
        await using var postfix = await PostfixInstance.StartAsync(
            $"{settings}relayhost = [127.0.0.1]:{sink.Port}\nlocal_header_rewrite_clients =\nsmtp_line_length_limit = 0\nsmtp_send_xforward_command = no\nsmtpd_peername_lookup = no\nsmtpd_error_sleep_time = 0",
            cancellationToken);
        await using var ours = new MilterRoute("mynetworks = 127.0.0.0/8\nlocal_header_rewrite_clients =", settings);
        var messages = StrangeContents.HeaderForms.Concat(StrangeContents.MimeForms).Concat(StrangeContents.AddressBombs)
            .Select(row => row.Data).Concat(LongHeaders).Where(m => m.Item2.Length == 0 || m.Item2.EndsWith('\n')).ToList();
        var differences = new StringBuilder();
        for (var i = 0; i < messages.Count; i++)
        {
            var (name, content) = messages[i];
            var sent = i + 1;
            await postfix.SubmitAsync("a@b.example", ["r@relay.example"], content, cancellationToken);
            await postfix.UntilAsync(() => sink.Transcript.Count(l => l == ".") == sent, cancellationToken);
            Assert.StartsWith("221", (await ours.SendAsync(content.Replace("\n", "\r\n", StringComparison.Ordinal)))[^1], StringComparison.Ordinal);
            var theirs = Arrived(sink);
            var our = OwnReceived().Replace(Encoding.Latin1.GetString(ours.Bench.LastContent()), "", 1);
            if (theirs != our && !IsCutDifferently(theirs, our))
            {
                differences.Append($"=== {name}\n--- Postfix ({theirs.Length}):\n{Short(theirs)}\n--- ours ({our.Length}):\n{Short(our)}\n");
            }
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    // Where a header of many lines is cut, Postfix sometimes leaves out the line that is cut.
    private static bool IsCutDifferently(string theirs, string ours)
    {
        var at = theirs.AsSpan().CommonPrefixLength(ours);
        var line = ours.LastIndexOf('\n', at - 1) + 1;
        return ours.Length > theirs.Length && ours.Remove(line, ours.IndexOf('\n', line) + 1 - line) == theirs;
    }

    private static string Short(string text) => text.Length > 400 ? text[..400] : text;

    private static string Arrived(ScriptedSmtpServer sink)
    {
        var lines = sink.Transcript.ToList();
        var start = lines.FindLastIndex(l => l.StartsWith("MAIL ", StringComparison.Ordinal));
        var content = string.Concat(lines.Skip(start).Where(l => l.StartsWith("D:", StringComparison.Ordinal)).Select(l => l[2..]));
        return OwnReceived().Replace(content.Replace("\r\n", "\n", StringComparison.Ordinal), "", 1);
    }

    [GeneratedRegex(@"^Received: from [^\n]*\n(?:[ \t][^\n]*\n)*")]
    private static partial Regex OwnReceived();
}
