using System.Text.RegularExpressions;
using Estafeta.Tests.Daemons.Smtp;

namespace Estafeta.Conformance.Smtp;

/// <summary>
/// The cases of replies.txt against the installed Postfix and against our client, the same scripted servers for both: what is logged about the
/// recipients must be the same.
/// </summary>
public sealed partial class ReplyConformanceTests(ReplyConformanceTests.Oracle oracle) : IClassFixture<ReplyConformanceTests.Oracle>
{
    public static TheoryData<string> Cases() => [.. ReplyCase.All.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task SameServer_SameLogLines(string name)
    {
        if (!PostfixInstance.IsPossible)
        {
            Assert.Skip("needs an installed Postfix and root");
        }

        var script = ReplyCase.All[name];
        await using var server = script.Serve();
        var ours = await DeliverAsync(server, script);
        var theirs = oracle.LinesFor(name);
        Assert.SkipWhen(theirs.Any(ReplyCase.IsOvertaken) || ours.Any(ReplyCase.IsOvertaken), "the reset overtook a client's look at its new connection");

        Assert.Equal(theirs, ours);
    }

    private static async Task<string[]> DeliverAsync(ScriptedSmtpServer server, ReplyCase script)
    {
        await using var harness = new SmtpAgentHarness("smtp_log_tls_feature_status = no\n");
        await harness.DeliverAsync(SmtpAgentHarness.Request($"[127.0.0.1]:{server.Port}", script.Recipients));
        return [.. harness.Log.Lines.Where(line => line.Contains("to=<", StringComparison.Ordinal)).Select(Normalize)];
    }

    private static string Normalize(string line)
    {
        line = line[line.IndexOf("to=<", StringComparison.Ordinal)..];
        return Sizes().Replace(Ports().Replace(Delays().Replace(line, ""), "]:25"), "message size N");
    }

    [GeneratedRegex(@", delay=[0-9.]+, delays=[0-9./]+")]
    private static partial Regex Delays();

    [GeneratedRegex(@"\]:[0-9]+")]
    private static partial Regex Ports();

    [GeneratedRegex(@"message size [0-9]+")]
    private static partial Regex Sizes();

    /// <summary>One Postfix run over all cases.</summary>
    public sealed class Oracle : IAsyncLifetime
    {
        private string[] _log = [];

        public IEnumerable<string> LinesFor(string name) =>
            _log.Where(line => line.Contains($"@{name}.test>, relay=", StringComparison.Ordinal)).Select(Normalize);

        public async ValueTask InitializeAsync()
        {
            if (!PostfixInstance.IsPossible)
            {
                return;
            }

            var cancellationToken = TestContext.Current.CancellationToken;
            var servers = ReplyCase.All.ToDictionary(entry => entry.Key, entry => entry.Value.Serve());
            var transports = string.Join(", ", servers.Select(entry => $"{entry.Key}.test=smtp:[127.0.0.1]:{entry.Value.Port}"));
            await using (var postfix = await PostfixInstance.StartAsync($"transport_maps = inline:{{{transports}}}\n", cancellationToken))
            {
                foreach (var (name, script) in ReplyCase.All)
                {
                    await postfix.SubmitAsync("", script.Recipients, "Subject: x\n\nhello\n", cancellationToken);
                }

                var expected = ReplyCase.All.Values.Sum(script => script.Recipients.Length);
                await postfix.UntilAsync(() => postfix.Log.Count(line => line.Contains(".test>, relay=", StringComparison.Ordinal)) >= expected, cancellationToken);
                _log = [.. postfix.Log];
            }

            foreach (var server in servers.Values)
            {
                await server.DisposeAsync();
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
