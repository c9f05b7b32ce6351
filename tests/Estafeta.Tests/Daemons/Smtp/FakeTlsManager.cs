using System.Collections.Concurrent;
using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.TlsManagement;

namespace Estafeta.Tests.Daemons.Smtp;

/// <summary>A tlsmgr that says what it is told and remembers what it is told.</summary>
internal sealed class FakeTlsManager : ITlsManager
{
    /// <summary>Null: nobody answers.</summary>
    public StsFinding? Finding { get; set; } = StsFinding.Nothing;

    public IReadOnlyList<TicketKey> Keys { get; set; } = [];

    /// <summary>What it waits for before it gives them.</summary>
    public Task KeysReady { get; set; } = Task.CompletedTask;

    public ConcurrentQueue<string> Asked { get; } = new();

    public ConcurrentQueue<TlsOutcome> Outcomes { get; } = new();

    public static StsFinding Policy(string mode, params string[] patterns) =>
        new(StsPolicy.Parse($"version: STSv1\nmode: {mode}\n{string.Concat(patterns.Select(p => $"mx: {p}\n"))}max_age: 1000\n", out _)!);

    public async ValueTask<IReadOnlyList<TicketKey>> GetTicketKeysAsync(CancellationToken cancellationToken)
    {
        await KeysReady.WaitAsync(cancellationToken);
        return Keys;
    }

    public ValueTask<StsFinding> FindPolicyAsync(string domain, CancellationToken cancellationToken)
    {
        Asked.Enqueue(domain);
        return Finding is { } finding ? ValueTask.FromResult(finding) : throw new IOException("connect to private/tlsmgr: Connection refused");
    }

    public ValueTask<StsFinding> RefreshPolicyAsync(string domain, CancellationToken cancellationToken) => FindPolicyAsync(domain, cancellationToken);

    public ValueTask<bool> PurgePolicyAsync(string domain, CancellationToken cancellationToken) => ValueTask.FromResult(true);

    public ValueTask<int> SendReportsAsync(CancellationToken cancellationToken) => ValueTask.FromResult(0);

    public ValueTask ReportAsync(TlsOutcome outcome, CancellationToken cancellationToken)
    {
        Outcomes.Enqueue(outcome);
        return ValueTask.CompletedTask;
    }
}
