using System.Diagnostics;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>Threat C14: sessions that end anywhere, in order or not, leave no descriptor open (/proc/PID/fd).</summary>
[Collection(RunsAlone.Name)]
public sealed class SmtpdDescriptorTests
{
    private const string Session = "EHLO x\r\nVRFY root\r\nNOOP\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<root@mail.example.com>\r\nDATA\r\nx: y\r\n\r\n..\r\n.\r\nRSET\r\nHELP\r\nQUIT\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What the runtime opens for itself meanwhile; one per session would be ten times that.
    private static readonly int Tolerance = Session.Length / 10;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task SessionsThatEndAnywhere_LeaveNoDescriptor(bool isReset)
    {
        await using var server = new SmtpdFixture("smtpd_forbid_unauth_pipelining = no");
        await RunAsync(server, Session.Length, isReset); // what is opened once is open now
        var before = Descriptors();
        for (var length = 0; length <= Session.Length; length++)
        {
            await RunAsync(server, length, isReset);
        }

        // A session that was reset ends when the server gets to it.
        var start = Stopwatch.GetTimestamp();
        while (Descriptors() > before + Tolerance || server.Cleanup.Open > 0)
        {
            var left = $"{Descriptors()} descriptors, {before} before {Session.Length} sessions; {server.Cleanup.Open} messages open";
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, left);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;

    private static async Task RunAsync(SmtpdFixture server, int length, bool isReset)
    {
        using var client = await server.ConnectAsync();
        await client.SendAsync(Session[..length]);
        if (isReset)
        {
            client.Reset();
        }
        else
        {
            client.EndSending();
            await client.ReadToEndAsync();
        }
    }
}
