using System.Runtime.InteropServices;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>The calls of libcrypto 3 that Estafeta makes: memory BIOs, the error queue, what is inside a certificate.</summary>
internal static partial class LibCrypto
{
    public const int SubjectAlternativeName = 85;
    public const int CommonName = 13;

    private const string Library = "libcrypto.so.3";

    [LibraryImport(Library, EntryPoint = "BIO_s_mem")]
    public static partial nint MemoryMethod();

    [LibraryImport(Library, EntryPoint = "BIO_new")]
    public static partial nint NewBio(nint method);

    [LibraryImport(Library, EntryPoint = "BIO_new_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint NewFileBio(string path, string mode);

    [LibraryImport(Library, EntryPoint = "BIO_free")]
    public static partial int FreeBio(nint bio);

    [LibraryImport(Library, EntryPoint = "BIO_read")]
    public static partial int ReadBio(nint bio, Span<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "BIO_write")]
    public static partial int WriteBio(nint bio, ReadOnlySpan<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "BIO_ctrl_pending")]
    public static partial nuint Pending(nint bio);

    [LibraryImport(Library, EntryPoint = "ERR_get_error_all")]
    public static partial nuint GetError(out nint file, out int line, out nint function, out nint data, out int flags);

    [LibraryImport(Library, EntryPoint = "ERR_error_string_n")]
    public static partial void DescribeError(nuint error, Span<byte> buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "ERR_reason_error_string")]
    public static partial nint ErrorReason(nuint error);

    [LibraryImport(Library, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();

    [LibraryImport(Library, EntryPoint = "X509_free")]
    public static partial void FreeCertificate(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_get_subject_name")]
    public static partial nint GetSubject(SafeCertificateHandle certificate);

    [LibraryImport(Library, EntryPoint = "X509_get_issuer_name")]
    public static partial nint GetIssuer(SafeCertificateHandle certificate);

    [LibraryImport(Library, EntryPoint = "X509_NAME_get_index_by_NID")]
    public static partial int FindInName(nint name, int nid, int after);

    [LibraryImport(Library, EntryPoint = "X509_NAME_get_entry")]
    public static partial nint GetNameEntry(nint name, int index);

    [LibraryImport(Library, EntryPoint = "X509_NAME_ENTRY_get_data")]
    public static partial nint GetNameEntryData(nint entry);

    [LibraryImport(Library, EntryPoint = "ASN1_STRING_to_UTF8")]
    public static partial int ToUtf8(out nint text, nint asn1String);

    [LibraryImport(Library, EntryPoint = "CRYPTO_free", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void Free(nint memory, string file, int line);

    [LibraryImport(Library, EntryPoint = "X509_VERIFY_PARAM_set_flags")]
    public static partial int SetVerifyFlags(nint parameters, nuint flags);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get_error")]
    public static partial int GetVerifyError(nint store);

    [LibraryImport(Library, EntryPoint = "X509_verify_cert_error_string")]
    public static partial nint DescribeVerifyResult(nint result);

    [LibraryImport(Library, EntryPoint = "i2d_X509")]
    public static partial int EncodeCertificate(SafeCertificateHandle certificate, ref nint output);

    [LibraryImport(Library, EntryPoint = "i2d_X509_PUBKEY")]
    public static partial int EncodePublicKey(nint key, ref nint output);

    /// <summary>SubjectPublicKeyInfo.</summary>
    [LibraryImport(Library, EntryPoint = "i2d_PUBKEY")]
    public static partial int EncodeRawKey(nint key, ref nint output);

    /// <summary>1 when the certificate may be used so, as far as it says.</summary>
    [LibraryImport(Library, EntryPoint = "X509_check_purpose")]
    public static partial int CheckPurpose(nint certificate, int purpose, int isAuthority);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_set_error")]
    public static partial void SetVerifyError(nint store, int error);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get_error_depth")]
    public static partial int GetVerifyDepth(nint store);

    /// <summary>0xMNN00PP0: 0x30000130 is 3.0.19.</summary>
    [LibraryImport(Library, EntryPoint = "OpenSSL_version_num")]
    public static partial nuint VersionNumber();

    [LibraryImport(Library, EntryPoint = "OpenSSL_version")]
    public static partial nint Version(int what);

    [LibraryImport(Library, EntryPoint = "X509_get_X509_PUBKEY")]
    public static partial nint GetPublicKey(SafeCertificateHandle certificate);

    [LibraryImport(Library, EntryPoint = "X509_get0_pubkey")]
    public static partial nint GetKey(nint certificate);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_bits")]
    public static partial int GetKeyBits(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get0_type_name")]
    public static partial nint GetKeyTypeName(nint key);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_get_group_name")]
    public static partial int GetKeyGroupName(nint key, Span<byte> name, nuint size, out nuint length);

    [LibraryImport(Library, EntryPoint = "EVP_PKEY_free")]
    public static partial void FreeKey(nint key);

    [LibraryImport(Library, EntryPoint = "OBJ_nid2sn")]
    public static partial nint ShortName(int nid);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_PrivateKey")]
    public static partial nint ReadPrivateKey(nint bio, nint target, nint callback, nint argument);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_X509")]
    public static partial nint ReadCertificate(nint bio, nint target, nint callback, nint argument);

    [LibraryImport(Library, EntryPoint = "PEM_read_bio_Parameters")]
    public static partial nint ReadParameters(nint bio, nint target);

    [LibraryImport(Library, EntryPoint = "EVP_MD_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FetchDigest(nint library, string name, nint properties);

    /// <param name="output">64 octets are enough for every digest.</param>
    [LibraryImport(Library, EntryPoint = "EVP_Digest")]
    public static partial int Digest(ReadOnlySpan<byte> data, nuint count, Span<byte> output, out uint written, nint digest, nint engine);

    /// <summary>Fetched once and kept: a cipher that is only named is looked for at every use.</summary>
    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FetchCipher(nint library, string name, nint properties);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_get_key_length")]
    public static partial int GetKeyLength(nint cipher);

    [LibraryImport(Library, EntryPoint = "EVP_CIPHER_get_iv_length")]
    public static partial int GetIvLength(nint cipher);

    [LibraryImport(Library, EntryPoint = "EVP_EncryptInit_ex")]
    public static unsafe partial int StartEncryption(nint context, nint cipher, nint engine, ReadOnlySpan<byte> key, byte* iv);

    [LibraryImport(Library, EntryPoint = "EVP_DecryptInit_ex")]
    public static unsafe partial int StartDecryption(nint context, nint cipher, nint engine, ReadOnlySpan<byte> key, byte* iv);

    [LibraryImport(Library, EntryPoint = "EVP_MAC_init")]
    public static unsafe partial int StartMac(nint context, ReadOnlySpan<byte> key, nuint length, OpenSslParameter* parameters);

    [LibraryImport(Library, EntryPoint = "OPENSSL_init_crypto")]
    public static partial int Initialise(ulong options, nint settings);

    [LibraryImport(Library, EntryPoint = "OPENSSL_INIT_new")]
    public static partial nint NewSettings();

    [LibraryImport(Library, EntryPoint = "OPENSSL_INIT_free")]
    public static partial void FreeSettings(nint settings);

    [LibraryImport(Library, EntryPoint = "OPENSSL_INIT_set_config_filename", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetConfigFile(nint settings, string path);

    [LibraryImport(Library, EntryPoint = "OPENSSL_INIT_set_config_file_flags")]
    public static partial int SetConfigFlags(nint settings, nuint flags);

    [LibraryImport(Library, EntryPoint = "OPENSSL_INIT_set_config_appname", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetConfigName(nint settings, string name);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_num")]
    public static partial int Count(nint stack);

    [LibraryImport(Library, EntryPoint = "OPENSSL_sk_value")]
    public static partial nint Item(nint stack, int index);

    [LibraryImport(Library, EntryPoint = "X509_up_ref")]
    public static partial int KeepCertificate(nint certificate);

    [LibraryImport(Library, EntryPoint = "X509_NAME_oneline")]
    public static partial nint DescribeName(nint name, nint buffer, int size);

    [LibraryImport(Library, EntryPoint = "X509_STORE_CTX_get_current_cert")]
    public static partial nint GetCurrentCertificate(nint store);

    [LibraryImport(Library, EntryPoint = "X509_get_issuer_name")]
    public static partial nint GetIssuer(nint certificate);
}
