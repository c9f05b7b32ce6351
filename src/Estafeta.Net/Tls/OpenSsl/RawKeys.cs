using System.Runtime.InteropServices;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>
/// Raw public keys instead of certificates (RFC 7250), which libssl has since 3.2: its calls are looked up when first needed. With an older one
/// <see cref="IsSupported"/> is false and nothing is asked for.
/// </summary>
internal static unsafe class RawKeys
{
    private const byte Certificate = 0;
    private const byte RawKey = 2;

    private static readonly nint OfferServerCall = Find("SSL_CTX_set1_server_cert_type");
    private static readonly nint OfferClientCall = Find("SSL_CTX_set1_client_cert_type");
    private static readonly nint AskServerCall = Find("SSL_set1_server_cert_type");
    private static readonly nint PeerKeyCall = Find("SSL_get0_peer_rpk");
    private static readonly nint OwnServerTypeCall = Find("SSL_get_negotiated_server_cert_type");
    private static readonly nint OwnClientTypeCall = Find("SSL_get_negotiated_client_cert_type");

    public static bool IsSupported =>
        OfferServerCall != 0 && OfferClientCall != 0 && AskServerCall != 0 && PeerKeyCall != 0 && OwnServerTypeCall != 0 && OwnClientTypeCall != 0;

    /// <summary>The server's own key goes to clients that would rather have it than a certificate.</summary>
    public static void AllowForServer(SafeContextHandle context) => SetTypes(OfferServerCall, context);

    /// <summary>The same for the client's: a server offers to take it, a client to send it.</summary>
    public static void AllowForClient(SafeContextHandle context) => SetTypes(OfferClientCall, context);

    /// <summary>A client would rather have the server's key.</summary>
    public static void AskServer(SafeSessionHandle session) => SetTypes(AskServerCall, session);

    /// <summary>The key the other side sent instead of a certificate (EVP_PKEY, not ours to free); 0 for none.</summary>
    public static nint OfPeer(SafeSessionHandle session) => IsSupported ? ((delegate* unmanaged<nint, nint>)PeerKeyCall)(session.DangerousGetHandle()) : 0;

    /// <summary>Whether our own key went out in place of its certificate.</summary>
    public static bool IsOwn(SafeSessionHandle session, bool isServer) =>
        IsSupported && ((delegate* unmanaged<nint, byte>)(isServer ? OwnServerTypeCall : OwnClientTypeCall))(session.DangerousGetHandle()) == RawKey;

    private static void SetTypes(nint call, SafeHandle target)
    {
        if (!IsSupported)
        {
            return;
        }

        var types = stackalloc byte[] { RawKey, Certificate };
        if (((delegate* unmanaged<nint, byte*, nuint, int>)call)(target.DangerousGetHandle(), types, 2) != 1)
        {
            throw TlsContext.Failure("cannot enable raw public keys");
        }
    }

    private static nint Find(string name) => NativeLibrary.TryGetExport(LibSsl.Handle, name, out var address) ? address : 0;
}
