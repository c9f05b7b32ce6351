using System.Runtime.InteropServices;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>
/// The calls of libssl 3 that Estafeta makes. Macros of ssl.h are calls of SSL_ctrl and SSL_CTX_ctrl with the numbers below. The
/// library is loaded at the first call: a daemon that will be confined to a chroot makes one before.
/// </summary>
internal static partial class LibSsl
{
    public const int CtrlMode = 33;
    public const int CtrlSetSessionCacheMode = 44;
    public const int CtrlSetHostName = 55;
    public const int CtrlChainCertificate = 89;
    public const int CtrlSetGroupsList = 92;
    public const int CtrlGetPeerSignatureDigest = 108;
    public const int CtrlGetPeerTemporaryKey = 109;
    public const int CtrlSetDhAuto = 118;
    public const int CtrlSetMinimumProtocol = 123;
    public const int CtrlSetMaximumProtocol = 124;
    public const int CtrlGetSignatureDigest = 132;
    public const int CtrlGetNegotiatedGroup = 134;
    public const int CallbackServerName = 53;
    public const int CtrlServerNameArgument = 54;

    public const int ModeReleaseBuffers = 0x10;
    public const int ModeEnablePartialWrite = 0x1;
    public const int ModeAcceptMovingWriteBuffer = 0x2;

    public const int ErrorNone = 0;
    public const int ErrorSsl = 1;
    public const int ErrorWantRead = 2;
    public const int ErrorWantWrite = 3;
    public const int ErrorSyscall = 5;
    public const int ErrorZeroReturn = 6;

    public const int VerifyNone = 0;
    public const int VerifyPeer = 1;
    public const int VerifyFailIfNoPeerCertificate = 2;
    public const int VerifyClientOnce = 4;

    public const int FileTypePem = 1;
    public const nuint DaneWithoutNameChecks = 1;
    public const int SentShutdown = 1;
    public const int ReceivedShutdown = 2;

    private const string Library = "libssl.so.3";

    /// <summary>For calls that older versions do not have.</summary>
    public static nint Handle { get; } = NativeLibrary.Load(Library);

    [LibraryImport(Library, EntryPoint = "TLS_server_method")]
    public static partial nint ServerMethod();

    [LibraryImport(Library, EntryPoint = "TLS_client_method")]
    public static partial nint ClientMethod();

    [LibraryImport(Library, EntryPoint = "SSL_CTX_new")]
    public static partial SafeContextHandle NewContext(nint method);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    public static partial nint Control(SafeContextHandle context, int command, nint number, nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Control(SafeContextHandle context, int command, nint number, string pointer);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_ctrl")]
    public static partial nint Control(SafeContextHandle context, int command, nint number, ReadOnlySpan<byte> pointer);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_callback_ctrl")]
    public static partial nint SetCallback(SafeContextHandle context, int command, nint callback);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_options")]
    public static partial ulong SetOptions(SafeContextHandle context, ulong options);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_clear_options")]
    public static partial ulong ClearOptions(SafeContextHandle context, ulong options);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_security_level")]
    public static partial void SetSecurityLevel(SafeContextHandle context, int level);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_cipher_list", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetCipherList(SafeContextHandle context, string list);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_certificate_chain_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UseCertificateChainFile(SafeContextHandle context, string path);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_PrivateKey_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int UsePrivateKeyFile(SafeContextHandle context, string path, int type);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_certificate")]
    public static partial int UseCertificate(SafeContextHandle context, nint certificate);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_use_PrivateKey")]
    public static partial int UsePrivateKey(SafeContextHandle context, nint key);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_check_private_key")]
    public static partial int CheckPrivateKey(SafeContextHandle context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_load_verify_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LoadVerifyFile(SafeContextHandle context, string path);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_load_verify_dir", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LoadVerifyDirectory(SafeContextHandle context, string path);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_default_verify_paths")]
    public static partial int SetDefaultVerifyPaths(SafeContextHandle context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_verify_depth")]
    public static partial void SetVerifyDepth(SafeContextHandle context, int depth);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_get0_param")]
    public static partial nint GetVerifyParameters(SafeContextHandle context);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_session_id_context")]
    public static partial int SetSessionIdContext(SafeContextHandle context, ReadOnlySpan<byte> id, uint length);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_timeout")]
    public static partial nint SetSessionTimeout(SafeContextHandle context, nint seconds);

    [LibraryImport(Library, EntryPoint = "SSL_load_client_CA_file", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint LoadClientCaFile(string path);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_client_CA_list")]
    public static partial void SetClientCaList(SafeContextHandle context, nint names);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_dane_enable")]
    public static partial int EnableDane(SafeContextHandle context);

    [LibraryImport(Library, EntryPoint = "SSL_new")]
    public static partial SafeSessionHandle NewSession(SafeContextHandle context);

    [LibraryImport(Library, EntryPoint = "SSL_free")]
    public static partial void FreeSession(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_set_bio")]
    public static partial void SetBio(SafeSessionHandle session, nint read, nint write);

    [LibraryImport(Library, EntryPoint = "SSL_set_SSL_CTX")]
    public static partial nint SetContext(nint session, SafeContextHandle context);

    [LibraryImport(Library, EntryPoint = "SSL_set_accept_state")]
    public static partial void SetAcceptState(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_set_connect_state")]
    public static partial void SetConnectState(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_set_verify")]
    public static unsafe partial void SetVerify(SafeSessionHandle session, int mode, delegate* unmanaged<int, nint, int> callback);

    [LibraryImport(Library, EntryPoint = "SSL_do_handshake")]
    public static partial int DoHandshake(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_read")]
    public static partial int Read(SafeSessionHandle session, Span<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_write")]
    public static partial int Write(SafeSessionHandle session, ReadOnlySpan<byte> buffer, int length);

    [LibraryImport(Library, EntryPoint = "SSL_shutdown")]
    public static partial int Shutdown(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_set_shutdown")]
    public static partial void SetShutdown(SafeSessionHandle session, int mode);

    [LibraryImport(Library, EntryPoint = "SSL_get_shutdown")]
    public static partial int GetShutdown(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get_error")]
    public static partial int GetError(SafeSessionHandle session, int result);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint Control(SafeSessionHandle session, int command, nint number, string pointer);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl")]
    public static partial nint Control(SafeSessionHandle session, int command, nint number, out nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_ctrl")]
    public static partial nint Control(SafeSessionHandle session, int command, nint number, nint pointer);

    [LibraryImport(Library, EntryPoint = "SSL_get_servername")]
    public static partial nint GetServerName(SafeSessionHandle session, int type);

    [LibraryImport(Library, EntryPoint = "SSL_version")]
    public static partial int GetVersionNumber(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get_version")]
    public static partial nint GetVersion(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get_current_cipher")]
    public static partial nint GetCurrentCipher(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_CIPHER_get_name")]
    public static partial nint GetCipherName(nint cipher);

    [LibraryImport(Library, EntryPoint = "SSL_CIPHER_get_bits")]
    public static partial int GetCipherBits(nint cipher, out int algorithmBits);

    [LibraryImport(Library, EntryPoint = "SSL_CIPHER_get_kx_nid")]
    public static partial int GetCipherKeyExchange(nint cipher);

    [LibraryImport(Library, EntryPoint = "SSL_session_reused")]
    public static partial int IsReused(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get1_peer_certificate")]
    public static partial SafeCertificateHandle GetPeerCertificate(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get_certificate")]
    public static partial nint GetOwnCertificate(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get_verify_result")]
    public static partial nint GetVerifyResult(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get1_session")]
    public static partial SafeTlsSessionHandle GetSession(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_set_session")]
    public static partial int SetSession(SafeSessionHandle session, SafeTlsSessionHandle resumed);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_free")]
    public static partial void FreeTlsSession(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_SESSION_is_resumable")]
    public static partial int IsResumable(SafeTlsSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_dane_enable", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int EnableDane(SafeSessionHandle session, string baseDomain);

    [LibraryImport(Library, EntryPoint = "SSL_dane_set_flags")]
    public static partial nuint SetDaneFlags(SafeSessionHandle session, nuint flags);

    [LibraryImport(Library, EntryPoint = "SSL_dane_tlsa_add")]
    public static partial int AddTlsa(SafeSessionHandle session, byte usage, byte selector, byte matching, ReadOnlySpan<byte> data, nuint length);

    [LibraryImport(Library, EntryPoint = "SSL_get0_dane_authority")]
    public static partial int GetDaneAuthority(SafeSessionHandle session, nint certificate, out nint key);

    [LibraryImport(Library, EntryPoint = "SSL_get0_dane_tlsa")]
    public static partial int GetDaneRecord(SafeSessionHandle session, out byte usage, out byte selector, out byte matching, out nint data, out nuint length);

    [LibraryImport(Library, EntryPoint = "SSL_set1_host", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetExpectedHost(SafeSessionHandle session, string name);

    [LibraryImport(Library, EntryPoint = "SSL_add1_host", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int AddExpectedHost(SafeSessionHandle session, string name);

    [LibraryImport(Library, EntryPoint = "SSL_set_hostflags")]
    public static partial void SetHostFlags(SafeSessionHandle session, uint flags);

    [LibraryImport(Library, EntryPoint = "SSL_export_keying_material", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ExportKeyingMaterial(
        SafeSessionHandle session, Span<byte> output, nuint length, string label, nuint labelLength, nint context, nuint contextLength, int useContext);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_tlsext_ticket_key_evp_cb")]
    public static unsafe partial int SetTicketCallback(SafeContextHandle context, delegate* unmanaged<nint, byte*, byte*, nint, nint, int, int> callback);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set_num_tickets")]
    public static partial int SetTicketCount(SafeContextHandle context, nuint tickets);

    [LibraryImport(Library, EntryPoint = "SSL_CTX_set0_tmp_dh_pkey")]
    public static partial int SetDhParameters(SafeContextHandle context, nint parameters);

    [LibraryImport(Library, EntryPoint = "SSL_get_SSL_CTX")]
    public static partial nint GetContext(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_set_info_callback")]
    public static unsafe partial void SetInfoCallback(SafeSessionHandle session, delegate* unmanaged<nint, int, int, void> callback);

    [LibraryImport(Library, EntryPoint = "SSL_state_string_long")]
    public static partial nint DescribeState(nint session);

    [LibraryImport(Library, EntryPoint = "SSL_alert_type_string_long")]
    public static partial nint DescribeAlertType(int alert);

    [LibraryImport(Library, EntryPoint = "SSL_alert_desc_string_long")]
    public static partial nint DescribeAlert(int alert);

    [LibraryImport(Library, EntryPoint = "SSL_get0_peername")]
    public static partial nint GetMatchedName(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get_peer_cert_chain")]
    public static partial nint GetPeerChain(SafeSessionHandle session);

    [LibraryImport(Library, EntryPoint = "SSL_get0_verified_chain")]
    public static partial nint GetVerifiedChain(SafeSessionHandle session);
}
