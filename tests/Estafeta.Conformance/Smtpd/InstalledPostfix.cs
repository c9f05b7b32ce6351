using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd;

/// <summary>The installed Postfix with one service for each transcript, with the transcript's parameters.</summary>
public sealed class InstalledPostfix : IAsyncLifetime
{
    private readonly TranscriptPeers _peers = new();
    private readonly List<Transcript> _transcripts = [.. Transcript.ReadAll()];
    private PostfixServices? _services;

    /// <summary>Null when it can be used.</summary>
    public string? Unusable { get; private set; } = PostfixServices.Missing;

    public async ValueTask InitializeAsync()
    {
        if (Unusable == null)
        {
            _services = await PostfixServices.StartAsync(
                () => [.. _transcripts.Select((t, i) => new PostfixService($"t{i}", [.. t.Configuration.Select(_peers.Expand)]))]);
            Unusable = _services == null ? "no network namespace can be made here" : null;
        }
    }

    internal SmtpdClient ConnectFor(Transcript transcript) => _services!.Connect(TagOf(transcript)); // usable

    /// <summary>What the smtpd service of the transcript logged, without time and tag, once the session's last line is there.</summary>
    public Task<List<string>> ReadLogAsync(Transcript transcript) => _services!.ReadLogAsync(TagOf(transcript), 1); // usable

    private string TagOf(Transcript transcript) => $"t{_transcripts.FindIndex(t => t.Name == transcript.Name)}";

    public async ValueTask DisposeAsync()
    {
        if (_services != null)
        {
            await _services.DisposeAsync();
        }

        await _peers.DisposeAsync();
    }
}
