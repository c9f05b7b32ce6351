using System.Runtime.InteropServices;
using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Signatures;

/// <summary>The calls of libcrypto 3 that make and check signatures.</summary>
internal static partial class LibCryptoSignatures
{
    public const int Rsa = 6;
    public const int Ed25519 = 1087;

    private const string Library = "libcrypto.so.3";

    /// <summary>SubjectPublicKeyInfo.</summary>
    [LibraryImport(Library, EntryPoint = "d2i_PUBKEY")]
    public static unsafe partial SafeKeyHandle ReadPublicKey(nint target, byte** input, nint length);

    /// <summary>RSAPublicKey.</summary>
    [LibraryImport(Library, EntryPoint = "d2i_PublicKey")]
    public static unsafe partial SafeKeyHandle ReadPublicKey(int type, nint target, byte** input, nint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_new_raw_public_key")]
    public static partial SafeKeyHandle ReadRawPublicKey(int type, nint engine, ReadOnlySpan<byte> key, nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_raw_public_key")]
    public static partial int WriteRawPublicKey(SafeKeyHandle key, Span<byte> output, ref nuint length);

    /// <param name="passphrase">C string; without one OpenSSL would ask the terminal.</param>
    [LibraryImport(Library, EntryPoint = "PEM_read_bio_PrivateKey")]
    public static unsafe partial SafeKeyHandle ReadPrivateKey(nint bio, nint target, nint callback, byte* passphrase);

    [LibraryImport(Library, EntryPoint = "d2i_AutoPrivateKey")]
    public static unsafe partial SafeKeyHandle ReadPrivateKey(nint target, byte** input, nint length);

    [LibraryImport(Library, EntryPoint = "i2d_PUBKEY")]
    public static unsafe partial int WritePublicKey(SafeKeyHandle key, byte** output);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_base_id")]
    public static partial int GetType(SafeKeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_bits")]
    public static partial int GetBits(SafeKeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_size")]
    public static partial int GetSize(SafeKeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_new")]
    public static partial nint NewKeyContext(SafeKeyHandle key, nint engine);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_free")]
    public static partial void FreeKeyContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify_init")]
    public static partial int StartVerifying(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign_init")]
    public static partial int StartSigning(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_CTX_set_signature_md")]
    public static partial int SetDigest(nint context, nint digest);

    [LibraryImport(Library, EntryPoint = "EVP_sha256")]
    public static partial nint Sha256();

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_verify")]
    public static partial int Verify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> hash, nuint hashLength);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_sign")]
    public static partial int Sign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> hash, nuint hashLength);

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_new")]
    public static partial nint NewDigestContext();

    [LibraryImport(Library, EntryPoint = "EVP_MD_CTX_free")]
    public static partial void FreeDigestContext(nint context);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerifyInit")]
    public static partial int StartDigestVerifying(nint context, nint keyContext, nint digest, nint engine, SafeKeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestVerify")]
    public static partial int DigestVerify(nint context, ReadOnlySpan<byte> signature, nuint signatureLength, ReadOnlySpan<byte> data, nuint dataLength);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSignInit")]
    public static partial int StartDigestSigning(nint context, nint keyContext, nint digest, nint engine, SafeKeyHandle key);

    [LibraryImport(Library, EntryPoint = "EVP_DigestSign")]
    public static partial int DigestSign(nint context, Span<byte> signature, ref nuint signatureLength, ReadOnlySpan<byte> data, nuint dataLength);
}

/// <summary>An EVP_PKEY.</summary>
internal sealed class SafeKeyHandle() : SafeHandle(0, ownsHandle: true)
{
    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        LibCrypto.FreeKey(handle);
        return true;
    }
}
