using System.Text;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>
/// Generated sessions, the same for the installed Postfix and for ours with the same parameters, names and policy service: replies, log lines
/// and policy requests must be the same. A failure names the seed of the configuration and of the session.
/// </summary>
public sealed class DifferentialTests(DifferentialTests.Oracle oracle) : IClassFixture<DifferentialTests.Oracle>
{
    private const int Configurations = 60;
    private const int Sessions = 35;

    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("ESTAFETA_DIFFERENTIAL"), out var count) ? count : Configurations)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task SameSessions_SameRepliesAndLog(int seed)
    {
        Assert.SkipWhen(oracle.Unusable != null, oracle.Unusable ?? "");
        var sessions = Enumerable.Range(0, Sessions).Select(i => new GeneratedSession((seed * 1000) + i).Steps).ToList();
        var theirs = await oracle.PlayAsync(seed, sessions);
        var ours = await PlayOursAsync(seed, sessions);

        var report = new StringBuilder();
        for (var i = 0; i < sessions.Count; i++)
        {
            Compare(report, $"session {(seed * 1000) + i}", sessions[i], theirs[i], ours[i]);
        }

        Assert.True(report.Length == 0, $"configuration {seed}:\n{string.Join('\n', oracle.Configuration(seed))}\n\n{report}");
    }

    private static void Compare(StringBuilder report, string name, IReadOnlyList<Step> steps, Played theirs, Played ours)
    {
        if (theirs.Replies.SequenceEqual(ours.Replies) && theirs.Log.SequenceEqual(ours.Log) && theirs.Policy.SequenceEqual(ours.Policy))
        {
            return;
        }

        report.Append($"== {name}\n{string.Join('\n', steps)}\n");
        Difference(report, "reply", theirs.Replies, ours.Replies);
        Difference(report, "log", theirs.Log, ours.Log);
        Difference(report, "policy request", theirs.Policy, ours.Policy);
    }

    private static void Difference(StringBuilder report, string what, IReadOnlyList<string> theirs, IReadOnlyList<string> ours)
    {
        var at = 0;
        while (at < theirs.Count && at < ours.Count && theirs[at] == ours[at])
        {
            at++;
        }

        if (at < theirs.Count || at < ours.Count)
        {
            report.Append($"  {what} {at}:\n   Postfix: {(at < theirs.Count ? theirs[at] : "-")}\n   ours:    {(at < ours.Count ? ours[at] : "-")}\n");
        }
    }

    private async Task<List<Played>> PlayOursAsync(int seed, List<IReadOnlyList<Step>> sessions)
    {
        await using var peers = new TranscriptPeers();
        await using var dns = TestZone.Serve();
        await using var policy = new ScriptedPolicy(Path.Combine(oracle.Directory, $"ours-{seed}"));
        await using var server = new SmtpdFixture(
            "smtpd_peername_lookup = yes\ninet_protocols = all\n" + string.Join('\n', new GeneratedConfiguration(seed, policy.EndPoint).Lines.Select(peers.Expand)),
            partners: p => p with { Resolver = dns.CreateResolver() });
        var replies = new List<List<string>>();
        var requests = new List<int>();
        foreach (var session in sessions)
        {
            using (var client = await server.ConnectAsync(readGreeting: false))
            {
                replies.Add(await Conversation.PlayAsync(client, session));
            }

            // One after the other, as with a Postfix service of one process.
            await Poll.UntilAsync(() => server.Log.Lines.Count(static l => l.StartsWith("disconnect from", StringComparison.Ordinal)) == replies.Count);
            requests.Add(policy.Requests.Count);
        }

        return Played.From(replies, await server.StopAsync(), policy.Requests, requests, policy.EndPoint);
    }

    /// <summary>One Postfix for all configurations.</summary>
    public sealed class Oracle : IAsyncLifetime
    {
        private readonly TranscriptPeers _peers = new();
        private readonly Dictionary<int, ScriptedPolicy> _policies = [];
        private PostfixServices? _services;

        public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("estafeta-policy").FullName;

        public string? Unusable { get; private set; } = PostfixServices.Missing;

        public IEnumerable<string> Configuration(int seed) => new GeneratedConfiguration(seed, _policies[seed].EndPoint).Lines;

        public async ValueTask InitializeAsync()
        {
            if (Unusable != null)
            {
                return;
            }

            File.SetUnixFileMode(Directory, (UnixFileMode)0x1ed); // 0755
            foreach (var row in Seeds)
            {
                _policies.Add(row.Data, new ScriptedPolicy(Path.Combine(Directory, $"theirs-{row.Data}")));
            }

            _services = await PostfixServices.StartAsync(() => [.. _policies.Keys.Select(s => new PostfixService($"c{s}", [.. Configuration(s).Select(_peers.Expand)]))]);
            Unusable = _services == null ? "no network namespace can be made here" : null;
        }

        internal async Task<List<Played>> PlayAsync(int seed, List<IReadOnlyList<Step>> sessions)
        {
            var tag = $"c{seed}";
            var replies = new List<List<string>>();
            var requests = new List<int>();
            foreach (var session in sessions)
            {
                using (var client = _services!.Connect(tag)) // usable
                {
                    replies.Add(await Conversation.PlayAsync(client, session));
                }

                requests.Add(_policies[seed].Requests.Count);
            }

            return Played.From(replies, await _services!.ReadLogAsync(tag, sessions.Count), _policies[seed].Requests, requests, _policies[seed].EndPoint);
        }

        public async ValueTask DisposeAsync()
        {
            if (_services != null)
            {
                await _services.DisposeAsync();
            }

            foreach (var policy in _policies.Values)
            {
                await policy.DisposeAsync();
            }

            await _peers.DisposeAsync();
            System.IO.Directory.Delete(Directory, recursive: true);
        }
    }
}
