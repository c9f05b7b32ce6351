using Estafeta.Net.Tls;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// OpenSSL contexts by what distinguishes them: protocols, ciphers, trust anchors, strength. Made when first needed, kept for the life of the
/// process; a certificate that cannot be loaded is said once and asked for again next time. Thread-safe.
/// </summary>
internal sealed class ClientTlsContexts(ClientTlsSettings settings, string protocolsParameter, IMailLog log) : IDisposable
{
    private readonly Dictionary<ContextKey, TlsContext> _contexts = [];
    private readonly Lock _lock = new();

    /// <summary>Null when our own side cannot do TLS; logged.</summary>
    public TlsContext? Find(TlsPolicy policy)
    {
        var key = new ContextKey(
            policy.Protocols, policy.CipherGrade, policy.Exclusions, string.Join(' ', policy.TrustAnchorFiles), policy.Level.RequiresMatch());
        lock (_lock)
        {
            if (_contexts.TryGetValue(key, out var context))
            {
                return context;
            }

            try
            {
                return _contexts[key] = TlsContext.Create(Options(policy));
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

    public void Dispose()
    {
        foreach (var context in _contexts.Values)
        {
            context.Dispose();
        }
    }

    private TlsContextOptions Options(TlsPolicy policy)
    {
        var authenticates = policy.Level.RequiresMatch();
        var hasAnchors = policy.TrustAnchorFiles.Count > 0;
        return settings.Context with
        {
            Protocols = TlsProtocols.Parse(protocolsParameter, policy.Protocols),

            // A server without a certificate cannot prove anything.
            CipherList = settings.Grades.CipherList(policy.CipherGrade, policy.Exclusions, authenticates ? "aNULL" : ""),
            TrustAnchorFiles = policy.TrustAnchorFiles,
            CaFile = hasAnchors ? "" : settings.Context.CaFile,
            CaPath = hasAnchors ? "" : settings.Context.CaPath,
            UsesDefaultCas = !hasAnchors && settings.Context.UsesDefaultCas,
            UsesLibrarySecurityLevel = authenticates,
        };
    }

    private readonly record struct ContextKey(string Protocols, string Grade, string Exclusions, string Anchors, bool Authenticates);
}
