using System.Globalization;
using System.Text;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>What a handshake agreed on, for the log line, the Received header, policy services and milters.</summary>
public sealed record TlsParameters
{
    public static readonly TlsParameters None = new();

    // TLSEXT_NAMETYPE_host_name
    private const int HostName = 0;

    // What few ask for and costs as much as a key exchange's half is worked out when somebody asks.
    private SafeSessionHandle? _session;
    private byte[]? _binding;

    /// <summary><c>TLSv1.3</c>; empty without TLS.</summary>
    public string Protocol { get; init; } = "";

    public string Cipher { get; init; } = "";

    public int CipherBits { get; init; }

    public int AlgorithmBits { get; init; }

    /// <summary><c>X25519</c>, <c>ECDHE (P-256)</c>, <c>DHE (2048 bits)</c>; empty when it cannot be told (a resumed session).</summary>
    public string KeyExchange { get; init; } = "";

    /// <summary><c>RSA-PSS (2048 bits) server-digest SHA256</c> and the like; empty when not known.</summary>
    public string ServerSignature { get; init; } = "";

    /// <summary>The same of a client that showed a certificate or key.</summary>
    public string ClientSignature { get; init; } = "";

    public bool IsResumed { get; init; }

    /// <summary>The name a client asked for (SNI), as it is; empty when it asked for none, and in a client.</summary>
    public string ServerName { get; init; } = "";

    public TlsPeerCertificate? PeerCertificate { get; init; }

    /// <summary>The chain ends in a trusted root, and for a client with expected names one of them matches.</summary>
    public bool IsPeerVerified { get; init; }

    /// <summary>OpenSSL's number of the reason why not; 0 for none.</summary>
    public int VerifyErrorNumber { get; init; }

    /// <summary>The issuer of the certificate that <see cref="VerifyErrorNumber"/> is about, on a line.</summary>
    public string VerifyErrorIssuer { get; init; } = "";

    /// <summary>Why not, in OpenSSL's words.</summary>
    public string VerifyError { get; init; } = "";

    /// <summary>The name of the certificate that an expected name matched; empty when names were not asked for or did not match.</summary>
    public string MatchedName { get; init; } = "";

    /// <summary>The verification rests on a TLSA record.</summary>
    public bool IsVerifiedByDane { get; init; }

    /// <summary>Which record that is, as the log has it: <c>DANE EE certificate at depth 0: 3 1 1 5D0F…</c>; empty without one.</summary>
    public string DaneMatch { get; init; } = "";

    /// <summary>Where in the chain the trust anchor is that the verification rests on; null without one.</summary>
    public int? AnchorDepth { get; init; }

    /// <summary>tls-exporter (RFC 9266) for SASL channel binding; TLS 1.3 only, where it is safe without extended master secret checks.</summary>
    public byte[]? ChannelBinding => _binding ??= _session is { IsClosed: false } session && Protocol == "TLSv1.3" ? Export(session) : null;

    /// <summary><c>TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 …</c>, as after "established from".</summary>
    public string Summary
    {
        get
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"{Protocol} with cipher {Cipher} ({CipherBits}/{AlgorithmBits} bits)");
            if (KeyExchange.Length > 0)
            {
                text.Append(" key-exchange ").Append(KeyExchange);
            }

            if (ServerSignature.Length > 0)
            {
                text.Append(" server-signature ").Append(ServerSignature);
            }

            if (ClientSignature.Length > 0)
            {
                text.Append(" client-signature ").Append(ClientSignature);
            }

            return text.ToString();
        }
    }

    internal static TlsParameters Read(TlsSession tls, TlsSessionOptions options, bool isServer)
    {
        var session = tls.Handle;
        var cipher = LibSsl.GetCurrentCipher(session);
        var bits = LibSsl.GetCipherBits(cipher, out var algorithmBits);
        using var certificate = LibSsl.GetPeerCertificate(session);
        var rawKey = RawKeys.OfPeer(session);
        var peer = rawKey != 0 ? TlsPeerCertificate.ReadRawKey(rawKey) : TlsPeerCertificate.Read(certificate);
        var (own, others) = DescribeSignatures(session, certificate, rawKey, isServer);
        var result = LibSsl.GetVerifyResult(session);
        var reason = result != 0 && tls.FirstVerifyError != 0 ? tls.FirstVerifyError : (int)result;
        var protocol = TlsContext.Text(LibSsl.GetVersion(session)) ?? "";
        return new TlsParameters
        {
            Protocol = protocol,
            Cipher = TlsContext.Text(LibSsl.GetCipherName(cipher)) ?? "",
            CipherBits = bits,
            AlgorithmBits = algorithmBits,
            KeyExchange = TlsKeyExchange.Describe(session, cipher),
            ServerSignature = isServer ? own : others,
            ClientSignature = isServer ? others : own,
            IsResumed = LibSsl.IsReused(session) != 0,
            ServerName = isServer ? TlsContext.Text(LibSsl.GetServerName(session, HostName)) ?? "" : "",
            PeerCertificate = peer,
            IsPeerVerified = peer != null && result == 0,
            VerifyErrorNumber = reason,
            VerifyErrorIssuer = tls.FirstVerifyIssuer,
            VerifyError = result == 0 ? "" : TlsContext.Text(LibCrypto.DescribeVerifyResult(reason)) ?? "",
            MatchedName = options.ExpectedNames.Count > 0 && result == 0 ? TlsContext.Text(LibSsl.GetMatchedName(session)) ?? "" : "",
            IsVerifiedByDane = options.Tlsa.Count > 0 && result == 0 && LibSsl.GetDaneAuthority(session, 0, out _) >= 0,
            DaneMatch = options.Tlsa.Count > 0 && result == 0 ? DescribeDane(session) : "",
            AnchorDepth = options.HasTrustAnchors && result == 0 && LibSsl.GetVerifiedChain(session) is not 0 and var chain ? LibCrypto.Count(chain) - 1 : null,
            _session = session,
        };
    }

    private static (string Own, string Others) DescribeSignatures(SafeSessionHandle session, SafeCertificateHandle peer, nint peersRawKey, bool isServer)
    {
        var certificate = LibSsl.GetOwnCertificate(session);

        // A client may have a certificate that nobody asked for: then it has signed nothing.
        var hasSigned = certificate != 0 && (isServer || LibSsl.Control(session, LibSsl.CtrlGetSignatureDigest, 0, out nint _) == 1);
        var own = hasSigned ? LibCrypto.GetKey(certificate) : 0;
        var others = peersRawKey != 0 ? peersRawKey : peer.IsInvalid ? 0 : LibCrypto.GetKey(peer.DangerousGetHandle());
        return (
            TlsKeyExchange.DescribeSignature(session, own, RawKeys.IsOwn(session, isServer), isOwn: true, isServer ? "server" : "client"),
            TlsKeyExchange.DescribeSignature(session, others, peersRawKey != 0, isOwn: false, isServer ? "client" : "server"));
    }

    private static unsafe string DescribeDane(SafeSessionHandle session)
    {
        const int Shown = 32; // of a record that is a whole certificate: so much of either end
        var depth = LibSsl.GetDaneAuthority(session, 0, out var bareKey);
        if (depth < 0 || LibSsl.GetDaneRecord(session, out var usage, out var selector, out var matching, out var data, out var length) < 0)
        {
            return "";
        }

        var octets = new ReadOnlySpan<byte>((byte*)data, (int)length);
        var hex = octets.Length <= 2 * Shown ? Convert.ToHexString(octets) : $"{Convert.ToHexString(octets[..Shown])}...{Convert.ToHexString(octets[^Shown..])}";
        var record = string.Create(CultureInfo.InvariantCulture, $"{usage} {selector} {matching} {hex}");
        return RawKeys.OfPeer(session) != 0
            ? $"DANE raw public key: {record}"
            : string.Create(CultureInfo.InvariantCulture, $"DANE {(usage == 3 ? "EE" : "TA")} {(bareKey == 0 ? "certificate" : "public key")} at depth {depth}: {record}");
    }

    private static byte[]? Export(SafeSessionHandle session)
    {
        const string Label = "EXPORTER-Channel-Binding";
        var output = new byte[32];
        return LibSsl.ExportKeyingMaterial(session, output, 32, Label, (nuint)Label.Length, 0, 0, 1) == 1 ? output : null;
    }
}
