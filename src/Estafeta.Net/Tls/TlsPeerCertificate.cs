using System.Runtime.InteropServices;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>What the other side's certificate says, read once when the handshake is done.</summary>
public sealed class TlsPeerCertificate
{
    private readonly byte[] _certificate;
    private readonly byte[] _publicKey;

    private TlsPeerCertificate(byte[] certificate, byte[] publicKey, string subject, string issuer)
    {
        _certificate = certificate;
        _publicKey = publicKey;
        SubjectName = subject;
        IssuerName = issuer;
    }

    /// <summary>The common name of the subject; empty without one, or when it is not a sane text.</summary>
    public string SubjectName { get; }

    public string IssuerName { get; }

    /// <summary>The whole subject on a line, <c>/C=ES/CN=mail.example.com</c>.</summary>
    public string Subject { get; private init; } = "";

    public string Issuer { get; private init; } = "";

    /// <summary>The other side sent its key alone (RFC 7250): there are no names, and the key's fingerprint is the only one.</summary>
    public bool IsRawKey { get; private init; }

    /// <summary>DER.</summary>
    public ReadOnlyMemory<byte> Encoded => _certificate;

    /// <summary>Colon-separated upper-case hex of the digest of the certificate, as in relay_clientcerts.</summary>
    public string Fingerprint(string digest) => IsRawKey ? "" : FingerprintDigest.Format(digest, _certificate);

    /// <summary>The same of the public key (SubjectPublicKeyInfo).</summary>
    public string PublicKeyFingerprint(string digest) => FingerprintDigest.Format(digest, _publicKey);

    /// <summary>As the log has it at level 2.</summary>
    public string Describe(string digest) => IsRawKey
        ? $"raw public key fingerprint={PublicKeyFingerprint(digest)}"
        : $"subject_CN={SubjectName}, issuer_CN={IssuerName}, fingerprint={Fingerprint(digest)}, pkey_fingerprint={PublicKeyFingerprint(digest)}";

    internal static TlsPeerCertificate? Read(SafeCertificateHandle certificate)
    {
        if (certificate.IsInvalid)
        {
            return null;
        }

        var whole = Encode((ref nint output) => LibCrypto.EncodeCertificate(certificate, ref output));
        var publicKey = LibCrypto.GetPublicKey(certificate);
        var key = Encode((ref nint output) => LibCrypto.EncodePublicKey(publicKey, ref output));
        var (subject, issuer) = (LibCrypto.GetSubject(certificate), LibCrypto.GetIssuer(certificate));
        return new TlsPeerCertificate(whole, key, CommonName(subject), CommonName(issuer)) { Subject = OneLine(subject), Issuer = OneLine(issuer) };
    }

    internal static TlsPeerCertificate ReadRawKey(nint key) =>
        new([], Encode((ref nint output) => LibCrypto.EncodeRawKey(key, ref output)), "", "") { IsRawKey = true };

    /// <summary>What the other side sent, its own first.</summary>
    internal static IReadOnlyList<TlsPeerCertificate> ReadChain(SafeSessionHandle session)
    {
        var stack = LibSsl.GetPeerChain(session);
        var chain = new List<TlsPeerCertificate>();
        for (var i = 0; i < (stack == 0 ? 0 : LibCrypto.Count(stack)); i++)
        {
            using var certificate = SafeCertificateHandle.Share(LibCrypto.Item(stack, i));
            chain.Add(Read(certificate)!); // a handle that is not null
        }

        return chain;
    }

    internal static string OneLine(nint name)
    {
        var text = name == 0 ? 0 : LibCrypto.DescribeName(name, 0, 0);
        if (text == 0)
        {
            return "";
        }

        try
        {
            return Marshal.PtrToStringUTF8(text) ?? "";
        }
        finally
        {
            LibCrypto.Free(text, "", 0);
        }
    }

    private delegate int Encoder(ref nint output);

    private static byte[] Encode(Encoder encode)
    {
        nint none = 0;
        var length = encode(ref none);
        if (length <= 0)
        {
            return [];
        }

        var memory = Marshal.AllocHGlobal(length);
        try
        {
            var at = memory;
            encode(ref at);
            var octets = new byte[length];
            Marshal.Copy(memory, octets, 0, length);
            return octets;
        }
        finally
        {
            Marshal.FreeHGlobal(memory);
        }
    }

    // A NUL inside a name is an attack on readers that stop at it: such a name matches nothing.
    private static string CommonName(nint name)
    {
        var index = name == 0 ? -1 : LibCrypto.FindInName(name, LibCrypto.CommonName, -1);
        if (index < 0)
        {
            return "";
        }

        var length = LibCrypto.ToUtf8(out var text, LibCrypto.GetNameEntryData(LibCrypto.GetNameEntry(name, index)));
        if (length <= 0)
        {
            return "";
        }

        try
        {
            var value = Marshal.PtrToStringUTF8(text, length);
            return value.Any(char.IsControl) ? "" : value;
        }
        finally
        {
            LibCrypto.Free(text, "", 0);
        }
    }
}
