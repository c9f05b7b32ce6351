using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>What a client keeps of a TLS session to resume it in another connection. Holds secrets: memory only.</summary>
public sealed class TlsResumption : IDisposable
{
    internal TlsResumption(SafeTlsSessionHandle handle) => Handle = handle;

    internal SafeTlsSessionHandle Handle { get; }

    public void Dispose() => Handle.Dispose();
}
