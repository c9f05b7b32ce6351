using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Daemons.Postscreen.DnsLists;
using Estafeta.Services.Delivery;
using Estafeta.Services.Logging;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Postscreen.Early;

/// <summary>
/// The tests before the greeting, both at once: the client is told half a greeting and must wait for the rest (pregreet), while DNS lists are
/// asked about it. Ends after postscreen_greet_wait, or when the outcome is known before. Reads nothing from the client: a server may get it.
/// </summary>
internal sealed class EarlyTests(PostscreenService service, ScreenedClient client)
{
    private const int PeekedOctets = 1024;

    private readonly PostscreenSettings _settings = client.Settings;
    private readonly long _start = service.Time.GetTimestamp();

    /// <summary>False when the session is over: the client has gone, or was dropped.</summary>
    public async Task<bool> RunAsync(CancellationToken closing)
    {
        using var timer = new CancellationTokenSource(_settings.GreetWait, service.Time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, closing);
        var score = client.Must(ScreeningTest.Dnsbl) ? service.DnsLists.Start(client.Address, closing) : null;
        client.AllListsAnswered = score?.Completion ?? Task.CompletedTask;
        Tease();
        var hasSpoken = await WaitAsync(score, waiting);
        closing.ThrowIfCancellationRequested();
        if (hasSpoken && !await HearAsync())
        {
            return false;
        }

        if (score != null && !score.Completion.IsCompleted && !timer.IsCancellationRequested)
        {
            await WaitForListsAsync(score, waiting.Token);
        }

        if (score != null && service.DnsListSettings.Allows(score.Value))
        {
            PassAll(score);
            return true;
        }

        if (client.Must(ScreeningTest.Pregreet))
        {
            client.Pass(ScreeningTest.Pregreet, service.Now + (long)_settings.GreetTtl.TotalSeconds);
        }

        return score == null || await JudgeAsync(score, closing);
    }

    private void Tease()
    {
        if (client.Must(ScreeningTest.Pregreet))
        {
            SocketStream.TrySend(client.Socket, Encoding.UTF8.GetBytes($"220-{_settings.TeaserBanner}\r\n"));
        }
    }

    // True when the client has said something, or hung up. Lists that allow the client end the wait, and so does the last list when nothing
    // else is waited for.
    private async ValueTask<bool> WaitAsync(DnsListScore? score, CancellationTokenSource waiting)
    {
        var speaking = service.Watcher.WaitReadableAsync(client.Socket, waiting.Token);
        if (score == null)
        {
            return await speaking;
        }

        await Task.WhenAny(speaking, score.Completion);
        if (score.Completion.IsCompleted && (!client.Must(ScreeningTest.Pregreet) || service.DnsListSettings.Allows(score.Value)))
        {
            await waiting.CancelAsync();
        }

        return await speaking;
    }

    // Answers that come later do not count.
    private static async ValueTask WaitForListsAsync(DnsListScore score, CancellationToken cancellationToken)
    {
        try
        {
            await score.Completion.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // What there is must do.
        }
    }

    private async ValueTask<bool> HearAsync()
    {
        var early = new byte[PeekedOctets];
        var count = client.Socket.Receive(early, SocketFlags.Peek, out var error);
        if (error != SocketError.Success || count == 0)
        {
            service.Log.Info($"HANGUP after {Elapsed} from {client.Name} in tests before SMTP handshake");
            return false;
        }

        if (!client.Must(ScreeningTest.Pregreet))
        {
            return true;
        }

        service.Log.Info(string.Create(
            CultureInfo.InvariantCulture, $"PREGREET {count} after {Elapsed} from {client.Name}: {LogText.Escape(early.AsSpan(0, count))}"));
        switch (_settings.GreetAction)
        {
            case ScreeningAction.Drop:
                await service.Replies.SayLastAsync("521 5.5.1 Protocol error", client, CancellationToken.None);
                return false;
            case ScreeningAction.Enforce:
                client.Fail(ScreeningTest.Pregreet, "550 5.5.1 Protocol error");
                client.HasSpokenFirst = true;
                return true;
            default:
                client.Excuse(ScreeningTest.Pregreet);
                return true;
        }
    }

    private async ValueTask<bool> JudgeAsync(DnsListScore score, CancellationToken closing)
    {
        var settings = service.DnsListSettings;
        var value = score.Value;
        if (value < settings.Threshold)
        {
            client.Pass(ScreeningTest.Dnsbl, service.Now + (long)settings.TtlOf(score).TotalSeconds);
            return true;
        }

        service.Log.Info(string.Create(CultureInfo.InvariantCulture, $"DNSBL rank {value} for {client.Name}"));
        if (settings.Action == ScreeningAction.Ignore)
        {
            client.Excuse(ScreeningTest.Dnsbl);
            return true;
        }

        var name = await service.PublicNameAsync(score.TopDomain ?? "", closing);
        var isDropped = settings.Action == ScreeningAction.Drop;
        var reply = name == null
            ? $"{(isDropped ? 421 : 450)} 4.3.2 Service currently unavailable"
            : $"{(isDropped ? 521 : 550)} 5.7.1 Service unavailable; client [{client.Address}] blocked using {name}";
        if (isDropped)
        {
            await service.Replies.SayLastAsync(reply, client, closing);
            return false;
        }

        client.Fail(ScreeningTest.Dnsbl, reply);
        return true;
    }

    // postscreen_dnsbl_allowlist_threshold: no other test is done, as long as the lists say so.
    private void PassAll(DnsListScore score)
    {
        var expires = service.Now + (long)service.DnsListSettings.TtlOf(score).TotalSeconds;
        for (var test = ScreeningTest.Pregreet; test <= ScreeningTest.BareNewline; test++)
        {
            if (client.Results[test] < expires)
            {
                client.Pass(test, expires);
            }
        }
    }

    private string Elapsed => DelayText.Of(service.Time.GetElapsedTime(_start), _settings.DelayResolution);
}
