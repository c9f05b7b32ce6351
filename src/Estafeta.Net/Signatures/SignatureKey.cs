using System.Text;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Signatures;

/// <summary>
/// A public or private key, RSA or Ed25519, that checks or makes signatures of SHA-256 hashes: RSASSA-PKCS1-v1_5 (RFC 8017), or PureEdDSA over the
/// hash as RFC 8463 has it. The mathematics are OpenSSL's. Thread-safe.
/// </summary>
public sealed class SignatureKey : IDisposable
{
    public const int HashOctets = 32;
    private const int Ed25519Octets = 32;

    private readonly SafeKeyHandle _handle;

    private SignatureKey(SafeKeyHandle handle)
    {
        _handle = handle;
        IsRsa = LibCryptoSignatures.GetType(handle) == LibCryptoSignatures.Rsa;
        Bits = LibCryptoSignatures.GetBits(handle);
    }

    /// <summary>False: Ed25519.</summary>
    public bool IsRsa { get; }

    public int Bits { get; }

    /// <summary>Loads the library, for processes that will not find it later (chroot).</summary>
    public static void Prepare() => _ = LibCryptoSignatures.Sha256();

    /// <param name="der">SubjectPublicKeyInfo, or RSAPublicKey.</param>
    /// <returns>Null for what is no RSA key.</returns>
    public static unsafe SignatureKey? ReadRsaPublic(ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var input = start;
            var handle = LibCryptoSignatures.ReadPublicKey(0, &input, der.Length);
            if (handle.IsInvalid)
            {
                input = start;
                handle = LibCryptoSignatures.ReadPublicKey(LibCryptoSignatures.Rsa, 0, &input, der.Length);
            }

            return Own(handle) is { IsRsa: true } key ? key : null;
        }
    }

    /// <returns>Null for what is no Ed25519 key: not 32 octets.</returns>
    public static SignatureKey? ReadEd25519Public(ReadOnlySpan<byte> octets) => octets.Length == Ed25519Octets
        ? Own(LibCryptoSignatures.ReadRawPublicKey(LibCryptoSignatures.Ed25519, 0, octets, (nuint)octets.Length))
        : null;

    /// <param name="text">PEM, or the base 64 of DER.</param>
    /// <returns>Null for what is no private key of the two kinds, or needs a passphrase.</returns>
    public static SignatureKey? ReadPrivate(string text)
    {
        if (text.Contains("-----BEGIN", StringComparison.Ordinal))
        {
            return ReadPem(Encoding.ASCII.GetBytes(text));
        }

        var der = new byte[text.Length];
        return Convert.TryFromBase64String(text, der, out var length) ? ReadDer(der.AsSpan(0, length)) : null;
    }

    public bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var context = IsRsa ? LibCryptoSignatures.NewKeyContext(_handle, 0) : LibCryptoSignatures.NewDigestContext();
        try
        {
            return IsRsa
                ? LibCryptoSignatures.StartVerifying(context) == 1
                    && LibCryptoSignatures.SetDigest(context, LibCryptoSignatures.Sha256()) == 1
                    && LibCryptoSignatures.Verify(context, signature, (nuint)signature.Length, hash, (nuint)hash.Length) == 1
                : LibCryptoSignatures.StartDigestVerifying(context, 0, 0, 0, _handle) == 1
                    && LibCryptoSignatures.DigestVerify(context, signature, (nuint)signature.Length, hash, (nuint)hash.Length) == 1;
        }
        finally
        {
            Free(context);
        }
    }

    /// <summary>Throws <see cref="InvalidOperationException"/> for a public key.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash)
    {
        var signature = new byte[LibCryptoSignatures.GetSize(_handle)];
        var length = (nuint)signature.Length;
        var context = IsRsa ? LibCryptoSignatures.NewKeyContext(_handle, 0) : LibCryptoSignatures.NewDigestContext();
        try
        {
            var isDone = IsRsa
                ? LibCryptoSignatures.StartSigning(context) == 1
                    && LibCryptoSignatures.SetDigest(context, LibCryptoSignatures.Sha256()) == 1
                    && LibCryptoSignatures.Sign(context, signature, ref length, hash, (nuint)hash.Length) == 1
                : LibCryptoSignatures.StartDigestSigning(context, 0, 0, 0, _handle) == 1
                    && LibCryptoSignatures.DigestSign(context, signature, ref length, hash, (nuint)hash.Length) == 1;
            return isDone ? signature[..(int)length] : throw new InvalidOperationException("the key does not sign");
        }
        finally
        {
            Free(context);
        }
    }

    /// <summary>SubjectPublicKeyInfo of RSA, the 32 octets of Ed25519: what a DKIM record has.</summary>
    public unsafe byte[] ExportPublic()
    {
        if (!IsRsa)
        {
            var raw = new byte[Ed25519Octets];
            var size = (nuint)raw.Length;
            _ = LibCryptoSignatures.WriteRawPublicKey(_handle, raw, ref size);
            return raw;
        }

        var der = new byte[LibCryptoSignatures.WritePublicKey(_handle, null)];
        fixed (byte* start = der)
        {
            var output = start;
            _ = LibCryptoSignatures.WritePublicKey(_handle, &output);
        }

        return der;
    }

    public void Dispose() => _handle.Dispose();

    // What failed is known; the thread's error queue must not be read by somebody else.
    private void Free(nint context)
    {
        if (IsRsa)
        {
            LibCryptoSignatures.FreeKeyContext(context);
        }
        else
        {
            LibCryptoSignatures.FreeDigestContext(context);
        }

        LibCrypto.ClearErrors();
    }

    private static unsafe SignatureKey? ReadPem(byte[] pem)
    {
        var bio = LibCrypto.NewBio(LibCrypto.MemoryMethod());
        try
        {
            _ = LibCrypto.WriteBio(bio, pem, pem.Length);
            fixed (byte* none = "\0"u8)
            {
                return Own(LibCryptoSignatures.ReadPrivateKey(bio, 0, 0, none));
            }
        }
        finally
        {
            _ = LibCrypto.FreeBio(bio);
        }
    }

    private static unsafe SignatureKey? ReadDer(ReadOnlySpan<byte> der)
    {
        fixed (byte* start = der)
        {
            var input = start;
            return Own(LibCryptoSignatures.ReadPrivateKey(0, &input, der.Length));
        }
    }

    private static SignatureKey? Own(SafeKeyHandle handle)
    {
        LibCrypto.ClearErrors();
        if (handle.IsInvalid)
        {
            return null;
        }

        if (LibCryptoSignatures.GetType(handle) is LibCryptoSignatures.Rsa or LibCryptoSignatures.Ed25519)
        {
            return new SignatureKey(handle);
        }

        handle.Dispose();
        return null;
    }
}
