using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;
using Estafeta.Tests.Daemons.Cleanup;
using Estafeta.Tests.Services.Ipc;

namespace Estafeta.Tests.Daemons.Smtpd.Milters;

/// <summary>An SMTP server and a cleanup service behind its socket, as in production: milters are smtpd's, the content is cleanup's.</summary>
internal sealed class MilterRoute : IAsyncDisposable
{
    private readonly UnixServer _server;
    private readonly RemoteCleanup _remote;

    public MilterRoute(string smtpdParameters, string cleanupParameters = "", TimeProvider? time = null)
    {
        Bench = new CleanupBench("recipient_delimiter =\n" + cleanupParameters);
        var endpoint = new CleanupEndpoint(Bench.Service, new QueueNumbers(), new MemoryMailLog(), TimeProvider.System);
        _server = new UnixServer(CleanupEndpoint.Protocol, endpoint.ServeAsync, endpoint.Greet);
        _remote = new RemoteCleanup(_server.Path, longQueueIds: false, TimeProvider.System);
        Smtpd = new SmtpdFixture(smtpdParameters, time, partners: p => p with { Cleanup = _remote });
    }

    public CleanupBench Bench { get; }

    public SmtpdFixture Smtpd { get; }

    /// <summary>Sends one message; the replies, beginning with the greeting. Ends where the server ends the session, or with a refusal.</summary>
    public async Task<List<string>> SendAsync(string content = "Subject: s\r\n\r\nbody\r\n", string? afterEhlo = null)
    {
        using var client = await Smtpd.ConnectAsync(readGreeting: false);
        List<string> replies = [await client.ReadReplyAsync()];
        string[] commands = ["EHLO h.example", .. afterEhlo == null ? [] : new[] { afterEhlo }, "MAIL FROM:<a@b.example> SIZE=100", "RCPT TO:<r@relay.example>", "DATA", content + ".", "QUIT"];
        foreach (var command in commands)
        {
            if (replies[^1].Length == 0 || (replies.Count > 1 && replies[^1][0] is '4' or '5') || replies[^1].StartsWith("421", StringComparison.Ordinal))
            {
                break;
            }

            replies.Add(await client.CommandAsync(command));
        }

        return replies;
    }

    public async ValueTask DisposeAsync()
    {
        await Smtpd.DisposeAsync();
        await _remote.DisposeAsync();
        await _server.DisposeAsync();
        await Bench.DisposeAsync();
    }
}
