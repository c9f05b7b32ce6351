using Estafeta.Conformance.Smtpd;
using Estafeta.Tests.Daemons.Postscreen;
using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Postscreen;

/// <summary>The installed Postfix with one postscreen for each transcript, each with a cache of its own, and the smtpd behind them.</summary>
public sealed class InstalledPostscreen : IAsyncLifetime
{
    // The parameters that our own tests have beneath a transcript's.
    private static readonly string[] Basics = ["mynetworks = 10.0.0.0/8", "postscreen_greet_wait = 1s", "smtpd_banner = $myhostname ESMTP $mail_name"];

    private readonly TranscriptPeers _peers = new();
    private readonly List<Transcript> _transcripts = [.. ScreeningScript.ReadAll()];
    private PostfixServices? _services;

    /// <summary>Null when it can be used.</summary>
    public string? Unusable { get; private set; } = PostfixServices.Missing;

    public async ValueTask InitializeAsync()
    {
        if (Unusable == null)
        {
            _services = await PostfixServices.StartAsync(() => [.. _transcripts.Select(Service)]);
            Unusable = _services == null ? "no network namespace can be made here" : null;
        }
    }

    internal SmtpdClient ConnectFor(Transcript transcript) => _services!.Connect(TagOf(transcript)); // usable

    /// <summary>What the postscreen of the transcript logged so far, without time and tag.</summary>
    public IReadOnlyList<string> ReadLog(Transcript transcript) => _services!.ReadLog(TagOf(transcript)); // usable

    public async ValueTask DisposeAsync()
    {
        if (_services != null)
        {
            await _services.DisposeAsync();
        }

        await _peers.DisposeAsync();
    }

    private PostfixService Service(Transcript transcript)
    {
        var tag = TagOf(transcript);
        return new PostfixService(tag, [.. Basics, $"postscreen_cache_map = lmdb:$data_directory/{tag}", .. transcript.Configuration.Select(_peers.Expand)]) { Program = "postscreen" };
    }

    private string TagOf(Transcript transcript) => $"ps{_transcripts.FindIndex(t => t.Name == transcript.Name)}";
}
