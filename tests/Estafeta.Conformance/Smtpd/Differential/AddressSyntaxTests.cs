using System.Text;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>
/// MAIL FROM and RCPT TO with addresses of every shape, to the installed Postfix and to ours: the same are taken, and what is refused is logged under the
/// same addresses.
/// </summary>
public sealed class AddressSyntaxTests
{
    private const int Sessions = 12;
    private const int AddressesPerSession = 25;

    private static readonly string[] Configurations = ["smtputf8_enable = yes", "strict_rfc821_envelopes = yes", "smtputf8_enable = no"];

    private static readonly string[] Pieces =
    [
        "a", "user", "first.last", "c.example", "@c.example", "@relay.example", "\"a b\"", ".", "..", "[192.0.2.1]",
        "[bad]", "!", "%", "+x", "=", "'", "-", "_", "@[192.0.2.1]", "@1.2.3.4", "@-c.example", "@c-.example", "@c..example", "@c.example.", "@.c.example", "@c_d.example", "postmaster", "{", "}", "~",
    ];

    [Fact]
    public async Task SameAddresses_AreTakenAndLogged()
    {
        Assert.SkipWhen(PostfixServices.Missing != null, PostfixServices.Missing ?? "");
        var sessions = Enumerable.Range(0, Sessions).Select(Session).ToList();
        await using var theirs = await PostfixServices.StartAsync(() => [.. Configurations.Select((c, i) => new PostfixService($"a{i}", Settings(c)))]);
        Assert.SkipWhen(theirs == null, "no network namespace can be made here");
        var report = new StringBuilder();
        for (var i = 0; i < Configurations.Length; i++)
        {
            var replies = new List<List<string>>();
            foreach (var session in sessions)
            {
                using var client = theirs.Connect($"a{i}");
                replies.Add(await Conversation.PlayAsync(client, session));
            }

            Compare(report, Configurations[i], sessions, Played.From(replies, await theirs.ReadLogAsync($"a{i}", Sessions), [], [.. sessions.Select(static _ => 0)], "no policy service"), await PlayOursAsync(Configurations[i], sessions));
        }

        Assert.True(report.Length == 0, report.ToString());
    }

    private static string[] Settings(string configuration) =>
        [configuration, "smtpd_relay_restrictions = reject", "smtpd_hard_error_limit = 1000", "smtpd_soft_error_limit = 1000", "smtpd_junk_command_limit = 1000", "smtpd_peername_lookup = no"];

    private static List<Step> Session(int seed)
    {
        var random = new Random(seed);
        var steps = new List<Step> { new("EHLO client.example\r\n", 1) };
        for (var i = 0; i < AddressesPerSession; i++)
        {
            var address = string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => Pieces[random.Next(Pieces.Length)]));
            var path = random.Next(8) == 0 ? address : $"<{address}>";
            steps.Add(new($"MAIL FROM:{path}\r\n", 1));
            steps.Add(new("RCPT TO:<x@relay.example>\r\n", 1));
            steps.Add(new("RSET\r\n", 1));
            steps.Add(new("MAIL FROM:<>\r\n", 1));
            steps.Add(new($"RCPT TO:{path}\r\n", 1));
            steps.Add(new("RSET\r\n", 1));
        }

        steps.Add(new("QUIT\r\n", 1));
        return steps;
    }

    private static void Compare(StringBuilder report, string configuration, List<List<Step>> sessions, List<Played> theirs, List<Played> ours)
    {
        for (var i = 0; i < sessions.Count; i++)
        {
            for (var at = 0; at < Math.Max(theirs[i].Replies.Count, ours[i].Replies.Count); at++)
            {
                var (a, b) = (theirs[i].Replies.ElementAtOrDefault(at), ours[i].Replies.ElementAtOrDefault(at));
                if (a != b)
                {
                    report.Append($"{configuration} {sessions[i][at - 1]}\n  Postfix: {a}\n  ours:    {b}\n");
                }
            }

            foreach (var line in theirs[i].Log.Except(ours[i].Log))
            {
                report.Append($"{configuration} log of Postfix: {line}\n");
            }

            foreach (var line in ours[i].Log.Except(theirs[i].Log))
            {
                report.Append($"{configuration} log of ours:    {line}\n");
            }
        }
    }

    private static async Task<List<Played>> PlayOursAsync(string configuration, List<List<Step>> sessions)
    {
        await using var server = new SmtpdFixture(string.Join('\n', Settings(configuration)));
        var replies = new List<List<string>>();
        foreach (var session in sessions)
        {
            using (var client = await server.ConnectAsync(readGreeting: false))
            {
                replies.Add(await Conversation.PlayAsync(client, session));
            }

            await Poll.UntilAsync(() => server.Log.Lines.Count(static l => l.StartsWith("disconnect from", StringComparison.Ordinal)) == replies.Count);
        }

        return Played.From(replies, await server.StopAsync(), [], [.. sessions.Select(static _ => 0)], "no policy service");
    }
}
