using Estafeta.Tests.Daemons.Smtpd;

namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>A policy service on a UNIX socket whose answer depends on nothing but the request; it remembers what it was asked.</summary>
internal sealed class ScriptedPolicy : IAsyncDisposable
{
    private static readonly string[] Answers =
    [
        "DUNNO", "OK", "REJECT policy says no", "DEFER_IF_PERMIT greylisted", "DEFER_IF_REJECT maybe", "PREPEND X-Policy: seen", "450 4.7.1 slow down", "strict", "INFO noted", "HOLD",
        "550 5.7.1 never", "nosuchword", "DUNNO trailing", "WARN warned", "check_client_access inline:{x=y}", "DEFER",
    ];

    private readonly ScriptedPolicyService _service;
    private readonly string _path;

    public ScriptedPolicy(string path)
    {
        _path = path;
        _service = new ScriptedPolicyService(static request => $"action={Answers[Choose(request)]}\n\n", path);
    }

    public string EndPoint => _service.EndPoint;

    /// <summary>The attributes of each, on lines.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_service.Requests)
            {
                return _service.Requests.ConvertAll(static r => string.Join('\n', r));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _service.DisposeAsync();
        File.Delete(_path);
    }

    // FNV-1a: string.GetHashCode is another one in each process.
    private static int Choose(IReadOnlyList<string> request)
    {
        var hash = 2166136261u;
        foreach (var line in request.Where(static l => l.StartsWith("sender=", StringComparison.Ordinal) || l.StartsWith("recipient=", StringComparison.Ordinal) || l.StartsWith("protocol_state=", StringComparison.Ordinal)))
        {
            foreach (var c in line)
            {
                hash = (hash ^ c) * 16777619u;
            }
        }

        return (int)(hash % (uint)Answers.Length);
    }
}
