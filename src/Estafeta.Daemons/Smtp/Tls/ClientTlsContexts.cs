using Estafeta.Net.Tls;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// OpenSSL contexts by what distinguishes them: protocols, ciphers, trust anchors, strength. Made when first needed, kept until a file they
/// were made from changes; a certificate that cannot be loaded is said once and asked for again next time. Thread-safe.
/// </summary>
internal sealed class ClientTlsContexts(ClientTlsSettings settings, string protocolsParameter, IMailLog log, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(30);

    private readonly Dictionary<ContextKey, TlsContext> _contexts = [];
    private readonly List<TlsContext> _replaced = [];
    private readonly Lock _lock = new();
    private long _checked = time.GetTimestamp();

    /// <summary>Null when our own side cannot do TLS; logged.</summary>
    public TlsContext? Find(TlsPolicy policy)
    {
        var key = new ContextKey(
            policy.Protocols, policy.CipherGrade, policy.Exclusions, string.Join(' ', policy.TrustAnchorFiles), policy.Level.RequiresMatch(), policy.TrustsSystemCas);
        if (FingerprintDigest.Complaint(settings.FingerprintDigest) is { } complaint)
        {
            log.Warning(complaint);
            log.Warning("disabling TLS support");
            return null;
        }

        lock (_lock)
        {
            DropOutdated();
            if (_contexts.TryGetValue(key, out var context))
            {
                return context;
            }

            try
            {
                var made = TlsContext.Create(Options(policy));
                if (made.Complaint != null)
                {
                    log.Warning(made.Complaint);
                }

                return _contexts[key] = made;
            }
            catch (TlsException e)
            {
                log.Warning(e.Message);
                foreach (var line in e.Errors)
                {
                    log.Warning($"TLS library problem: {line}");
                }

                return null;
            }
        }
    }

    /// <summary>A server without a certificate cannot prove anything, so it may stay anonymous only where nothing is to be proved.</summary>
    public string CipherList(TlsPolicy policy) =>
        settings.Grades.CipherList(policy.CipherGrade, policy.Exclusions, policy.Level.RequiresMatch() ? "aNULL" : "");

    public void Dispose()
    {
        foreach (var context in _contexts.Values.Concat(_replaced))
        {
            context.Dispose();
        }
    }

    private void DropOutdated()
    {
        if (time.GetElapsedTime(_checked) < CheckInterval)
        {
            return;
        }

        _checked = time.GetTimestamp();
        foreach (var (key, context) in _contexts)
        {
            if (context.IsOutdated)
            {
                _replaced.Add(context); // a handshake may be using it
                _contexts.Remove(key);
            }
        }
    }

    private TlsContextOptions Options(TlsPolicy policy)
    {
        var authenticates = policy.Level.RequiresMatch();
        var hasAnchors = policy.TrustAnchorFiles.Count > 0;
        return settings.Context with
        {
            Protocols = TlsProtocols.Parse(protocolsParameter, policy.Protocols),

            CipherList = CipherList(policy),
            TrustAnchorFiles = policy.TrustAnchorFiles,
            CaFile = hasAnchors ? "" : settings.Context.CaFile,
            CaPath = hasAnchors ? "" : settings.Context.CaPath,
            UsesDefaultCas = !hasAnchors && (settings.Context.UsesDefaultCas || (policy.TrustsSystemCas && settings.Context is { CaFile: "", CaPath: "" })),
            UsesLibrarySecurityLevel = authenticates,
        };
    }

    private readonly record struct ContextKey(string Protocols, string Grade, string Exclusions, string Anchors, bool Authenticates, bool TrustsSystemCas);
}
