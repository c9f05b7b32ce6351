using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Conformance.Smtp;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Daemons.Smtpd.Milters;
using Estafeta.Tests.Net.Milter;

namespace Estafeta.Conformance.Smtpd.Milters;

/// <summary>
/// What two milters, one behind the other, change at the end of a message: generated edits, the same for the installed Postfix and for ours. The
/// header section, the body and the envelope are the same in the end, and so is what the second milter is shown.
/// </summary>
public sealed partial class MilterEditTests
{
    private const int Cases = 150;
    private const uint LeadingSpace = 0x100000;

    [Theory]
    [InlineData(0)]
    [InlineData(LeadingSpace)]
    public async Task GeneratedEdits_LeaveTheSameMessage(uint steps)
    {
        Assert.SkipUnless(PostfixInstance.IsPossible, "Postfix is not installed, or this is not root");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var sink = new ScriptedSmtpServer();
        await using var theirs = new MilterPair(steps);
        await using var ours = new MilterPair(steps);
        await using var postfix = await PostfixInstance.StartAsync(
            $"smtpd_milters = {theirs.Endpoints}\nrelayhost = [127.0.0.1]:{sink.Port}\nlocal_header_rewrite_clients =\nsmtp_line_length_limit = 0\nsmtp_send_xforward_command = no\nsmtpd_peername_lookup = no",
            cancellationToken);
        await using var route = new MilterRoute($"smtpd_milters = {ours.Endpoints}\nmynetworks = 127.0.0.0/8", "local_header_rewrite_clients =\n");
        var differences = new StringBuilder();
        for (var i = 0; i < Cases; i++)
        {
            var edits = new GeneratedEdits((int)(steps / LeadingSpace * 1000) + i);
            theirs.Answer(edits);
            ours.Answer(edits);
            var sent = i + 1;
            await postfix.SubmitAsync("a@b.example", ["r@relay.example"], edits.Message, cancellationToken);
            await postfix.UntilAsync(() => sink.Transcript.Count(l => l == ".") == sent, cancellationToken);
            var replies = await route.SendAsync(edits.Message.Replace("\n", "\r\n", StringComparison.Ordinal));
            Assert.StartsWith("221", replies[^1], StringComparison.Ordinal);
            Compare(differences, edits, "message", Arrived(sink), Queued(route));
            Compare(differences, edits, "shown to the second milter", theirs.TakeShown(), ours.TakeShown());
        }

        Assert.True(differences.Length == 0, differences.ToString());
    }

    private static void Compare(StringBuilder report, GeneratedEdits edits, string what, string theirs, string ours)
    {
        if (theirs != ours)
        {
            report.Append(CultureInfo.InvariantCulture, $"=== {what}; edits:\n{edits}--- Postfix:\n{theirs}--- ours:\n{ours}");
        }
    }

    private static string Arrived(ScriptedSmtpServer sink)
    {
        var lines = sink.Transcript.ToList();
        var start = lines.FindLastIndex(l => l.StartsWith("MAIL ", StringComparison.Ordinal));
        var envelope = lines.Skip(start).Where(l => l.StartsWith("MAIL ", StringComparison.Ordinal) || l.StartsWith("RCPT ", StringComparison.Ordinal))
            .Select(l => Angles().Match(l).Value).ToList();
        var content = string.Concat(lines.Skip(start).Where(l => l.StartsWith("D:", StringComparison.Ordinal)).Select(l => l[2..]));
        return Show(envelope[0], envelope.Skip(1), content.Replace("\r\n", "\n", StringComparison.Ordinal));
    }

    private static string Queued(MilterRoute route)
    {
        var envelope = route.Bench.LastMessage().Envelope;
        return Show($"<{envelope.Sender}>", envelope.Recipients.Select(r => $"<{r.Address}>"), Encoding.Latin1.GetString(route.Bench.LastContent()));
    }

    private static string Show(string sender, IEnumerable<string> recipients, string content) =>
        $"{sender} {string.Join(' ', recipients.Order(StringComparer.Ordinal))}\n{OwnReceived().Replace(content, "Received: own\n", 1)}";

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Angles();

    [GeneratedRegex(@"^Received: from [^\n]*\n(?:[ \t][^\n]*\n)*", RegexOptions.Multiline)]
    private static partial Regex OwnReceived();

    private sealed class MilterPair : IAsyncDisposable
    {
        private readonly Dictionary<char, byte[]?>[] _answers = [[], []];
        private readonly ScriptedMilter[] _milters;
        private int _taken;

        public MilterPair(uint steps) => _milters = [.. _answers.Select(a => new ScriptedMilter(a, 0x1ff, steps, isTcp: true))];

        public string Endpoints => string.Join(", ", _milters.Select(m => m.Endpoint));

        public void Answer(GeneratedEdits edits)
        {
            _answers[0]['E'] = edits.First;
            _answers[1]['E'] = edits.Second;
        }

        /// <summary>Headers and body that the second milter was shown since the last call.</summary>
        public string TakeShown()
        {
            var received = _milters[1].Received;
            var shown = received.Skip(_taken).Where(l => l[0] is 'L' or 'B').Select(l => l + "\n");
            _taken = received.Length;
            return string.Concat(shown);
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var milter in _milters)
            {
                await milter.DisposeAsync();
            }
        }
    }
}
