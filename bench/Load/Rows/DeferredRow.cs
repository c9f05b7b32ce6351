using System.Diagnostics;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Load.Rows;

/// <summary>A server with many deferred messages that are all due: how soon it lists them, and how soon it delivers after a restart.</summary>
internal sealed class DeferredRow(string name, int messages, params Figure[] figures) : Row(name, figures)
{
    public const string FirstDelivery = "s to the first delivery after a restart";
    public const string FirstLine = "s to the first line of mailq";
    public const string AllLines = "s for all of mailq";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public override IReadOnlyList<string> Settings => ["minimal_backoff_time = 1s", "maximal_backoff_time = 1s", "queue_run_delay = 1h", "defer_transports = smtp"];

    public override void Prepare(MailServer server)
    {
        server.Start();
        using var source = Process.Start("smtp-source",
        [
            "-d", "-s", "50", "-m", Text.Of(messages), "-l", "4096", "-f", "sender@example.test", "-t", "rcpt@example.org", $"127.0.0.1:{server.Port}",
        ]);
        source.WaitForExit();
        for (var listed = 0; listed < messages; listed = server.ListQueue().Count)
        {
            Thread.Sleep(500);
        }

        // All of them shall have been tried once.
        Thread.Sleep(5000);
        server.Stop();
    }

    public override double[] Run(MailServer server)
    {
        server.Configure("defer_transports = smtp");
        server.Start();
        var listing = server.ListQueue();
        server.Stop();

        // What was tried just now is due again a second later: all shall be due at the start.
        Thread.Sleep(2000);
        server.Configure("defer_transports =");
        using var sink = SmtpSink.Start(server.SinkPort, messages: 1);
        var clock = Stopwatch.StartNew();
        server.Start();
        if (!sink.Process.WaitForExit(Patience))
        {
            throw new InvalidOperationException($"{server.Name}: nothing was delivered");
        }

        var first = clock.Elapsed.TotalSeconds;
        server.Stop();
        return [first, listing.FirstLine.TotalSeconds, listing.All.TotalSeconds];
    }
}
