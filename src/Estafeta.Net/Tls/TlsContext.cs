using System.Runtime.InteropServices;
using System.Text;
using Estafeta.Net.Tls.OpenSsl;
using Estafeta.Net.Tls.Server;

namespace Estafeta.Net.Tls;

/// <summary>What an SSL_CTX is made from; the daemons fill it from smtpd_tls_* or smtp_tls_*.</summary>
public sealed record TlsContextOptions
{
    public required bool IsServer { get; init; }

    /// <summary>Files with keys, each followed by its certificate chain, perhaps in the next file (smtpd_tls_chain_files).</summary>
    public IReadOnlyList<string> ChainFiles { get; init; } = [];

    /// <summary>The same as PEM text (tls_server_sni_maps).</summary>
    public string ChainPem { get; init; } = "";

    /// <summary>Where <see cref="ChainPem"/> is from, for error texts.</summary>
    public string ChainPemSource { get; init; } = "";

    /// <summary>Pairs of certificate and key file (smtpd_tls_cert_file and key_file, and their ec and dsa kin).</summary>
    public IReadOnlyList<(string Certificate, string Key)> CertificatePairs { get; init; } = [];

    public string CaFile { get; init; } = "";

    public string CaPath { get; init; } = "";

    /// <summary>tls_append_default_CA.</summary>
    public bool UsesDefaultCas { get; init; }

    /// <summary>Files of trust anchors that stand instead of the CAs: roots, intermediates or the certificate itself (smtp_tls_trust_anchor_file).</summary>
    public IReadOnlyList<string> TrustAnchorFiles { get; init; } = [];

    public int VerifyDepth { get; init; } = 9;

    /// <summary>
    /// Leave OpenSSL's own floor (key sizes, SHA-1) in place: for peers that are authenticated. Opportunistic TLS takes what it gets.
    /// </summary>
    public bool UsesLibrarySecurityLevel { get; init; }

    public TlsProtocols Protocols { get; init; }

    /// <summary>An OpenSSL cipher list for TLS 1.2 and older.</summary>
    public string CipherList { get; init; } = "";

    /// <summary>tls_eecdh_auto_curves: an OpenSSL groups list; empty for the library's own.</summary>
    public string Groups { get; init; } = "";

    /// <summary>tls_preempt_cipherlist.</summary>
    public bool PrefersServerCiphers { get; init; }

    /// <summary>Keeps tickets of one service from being taken by another with other rules.</summary>
    public string SessionContext { get; init; } = "estafeta";

    /// <summary>Keys of session tickets (server); null issues no tickets.</summary>
    public TicketKeys? Tickets { get; init; }

    /// <summary>tls_session_ticket_cipher.</summary>
    public string TicketCipher { get; init; } = "aes-256-cbc";

    /// <summary>smtpd_tls_session_cache_database: sessions without tickets (TLS 1.2) are kept in memory, for this process.</summary>
    public bool CachesSessions { get; init; }

    /// <summary>smtpd_tls_always_issue_session_ids: even when nothing is kept under them.</summary>
    public bool IssuesSessionIds { get; init; } = true;

    /// <summary>smtpd_tls_dh1024_param_file; empty for OpenSSL's own groups.</summary>
    public string DhParameterFile { get; init; } = "";

    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>*_tls_enable_rpk: a server would rather have its clients' bare keys. Nothing where libssl is older than 3.2.</summary>
    public bool PrefersRawKeys { get; init; }

    /// <summary>SSL_OP_NO_TICKET and its like, from tls_ssl_options.</summary>
    public ulong ExtraOptions { get; init; }

    /// <summary>Everything read from files: certificates are renewed under running daemons.</summary>
    internal IEnumerable<string> Files => new[]
    {
        ChainFiles, CertificatePairs.Select(pair => pair.Certificate), CertificatePairs.Select(pair => pair.Key), [CaFile], TrustAnchorFiles,
        DhParameterFile.StartsWith('/') ? [DhParameterFile] : [],
    }.SelectMany(files => files).Where(file => file.Length > 0);
}

/// <summary>An SSL_CTX: certificates, trust and rules, shared by sessions. Made again when its files change.</summary>
public sealed class TlsContext : IDisposable
{
    private const ulong NoTicket = 1UL << 14;
    private const ulong NoCompression = 1UL << 17;
    private const ulong NoRenegotiation = 1UL << 30;
    private const ulong CipherServerPreference = 1UL << 22;
    private const ulong IgnoreUnexpectedEof = 1UL << 7;

    private readonly TlsContextOptions _options;
    private readonly TlsFileStamps _stamps;

    private TlsContext(SafeContextHandle handle, TlsContextOptions options, TlsFileStamps stamps) => (Handle, _options, _stamps) = (handle, options, stamps);

    /// <summary>Why a client goes without the certificates of a file, as Postfix does: it cannot be opened. Null when all is well.</summary>
    public string? Complaint { get; private init; }

    /// <summary>One of its files has changed since. A look at the files: not for every connection.</summary>
    public bool IsOutdated => _stamps.IsOutdatedBy(TlsFileStamps.Take(_options));

    internal SafeContextHandle Handle { get; }

    /// <summary>Throws <see cref="TlsException"/> with the file that cannot be used.</summary>
    public static TlsContext Create(TlsContextOptions options)
    {
        LibCrypto.ClearErrors();
        var stamps = TlsFileStamps.Take(options);
        var handle = LibSsl.NewContext(options.IsServer ? LibSsl.ServerMethod() : LibSsl.ClientMethod());
        if (handle.IsInvalid)
        {
            throw Failure("cannot allocate TLS context");
        }

        try
        {
            SetRules(handle, options);
            var complaint = LoadCertificates(handle, options);
            AllowRawKeys(handle, options);
            LoadTrust(handle, options);
            return new TlsContext(handle, options, stamps) { Complaint = complaint };
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        TicketSealing.Forget(Handle);
        Handle.Dispose();
    }

    internal static TlsException Failure(string message) => new(message, ErrorQueue.Drain());

    private static void SetRules(SafeContextHandle handle, TlsContextOptions options)
    {
        var bits = NoCompression | NoRenegotiation | options.Protocols.DisabledOptions | options.ExtraOptions;
        if (options.PrefersServerCiphers)
        {
            bits |= CipherServerPreference;
        }

        LibSsl.SetOptions(handle, bits);

        // Anonymous ciphers need level 0; what is good enough is said by protocols and cipher grades, as in Postfix.
        if (!options.UsesLibrarySecurityLevel)
        {
            LibSsl.SetSecurityLevel(handle, 0);
        }

        // A peer that closes without close_notify is an error within a message, which the SMTP layer sees as such.
        LibSsl.ClearOptions(handle, IgnoreUnexpectedEof);
        LibSsl.Control(handle, LibSsl.CtrlMode, LibSsl.ModeReleaseBuffers | LibSsl.ModeEnablePartialWrite | LibSsl.ModeAcceptMovingWriteBuffer, 0);
        LibSsl.Control(handle, LibSsl.CtrlSetMinimumProtocol, options.Protocols.Minimum, 0);
        LibSsl.Control(handle, LibSsl.CtrlSetMaximumProtocol, options.Protocols.Maximum, 0);
        if (options.CipherList.Length > 0 && LibSsl.SetCipherList(handle, options.CipherList) != 1)
        {
            throw Failure($"invalid cipher list \"{options.CipherList}\"");
        }

        if (options.Groups.Length > 0 && LibSsl.Control(handle, LibSsl.CtrlSetGroupsList, 0, options.Groups) != 1)
        {
            throw Failure($"invalid groups list \"{options.Groups}\"");
        }

        if (options.IsServer)
        {
            SetDhParameters(handle, options.DhParameterFile);
            var id = System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(options.SessionContext)).AsSpan(0, 32);
            LibSsl.SetSessionIdContext(handle, id, 32);
            SetResumption(handle, options);
        }

        LibSsl.SetSessionTimeout(handle, (nint)options.SessionTimeout.TotalSeconds);
    }

    private static void SetResumption(SafeContextHandle handle, TlsContextOptions options)
    {
        const int CacheOff = 0;
        const int CacheServer = 0x2;
        const int NoInternalCache = 0x300;
        LibSsl.Control(handle, LibSsl.CtrlSetSessionCacheMode, options.CachesSessions ? CacheServer : options.IssuesSessionIds ? CacheServer | NoInternalCache : CacheOff, 0);
        if (options.Tickets == null || options.TicketCipher.Length == 0)
        {
            LibSsl.SetOptions(handle, NoTicket);
            _ = LibSsl.SetTicketCount(handle, 0);
            return;
        }

        _ = LibSsl.SetTicketCount(handle, 1); // each costs the client a round of cryptography, and one is enough for the next session
        TicketSealing.Enable(handle, options.Tickets, options.TicketCipher);
    }

    private static void SetDhParameters(SafeContextHandle handle, string file)
    {
        if (file is "" or "auto")
        {
            LibSsl.Control(handle, LibSsl.CtrlSetDhAuto, 1, 0);
            return;
        }

        if (file == "none")
        {
            return;
        }

        var bio = LibCrypto.NewFileBio(file, "r");
        var parameters = bio == 0 ? 0 : LibCrypto.ReadParameters(bio, 0);
        _ = bio == 0 ? 0 : LibCrypto.FreeBio(bio);
        if (parameters == 0)
        {
            throw Failure($"cannot load DH parameters from file {file}");
        }

        if (LibSsl.SetDhParameters(handle, parameters) != 1)
        {
            LibCrypto.FreeKey(parameters);
            throw Failure($"cannot use DH parameters from file {file}");
        }
    }

    /// <returns>What a client has to be content with.</returns>
    private static string? LoadCertificates(SafeContextHandle handle, TlsContextOptions options)
    {
        var complaint = LoadChainFiles(handle, options);

        if (options.ChainPem.Length > 0)
        {
            CertificateChain.Load(handle, options.ChainPem, options.ChainPemSource);
        }

        foreach (var (certificate, key) in options.CertificatePairs)
        {
            LoadPair(handle, certificate, key.Length > 0 ? key : certificate);
        }

        return complaint;
    }

    private static string? LoadChainFiles(SafeContextHandle handle, TlsContextOptions options)
    {
        var pem = new StringBuilder();
        string? complaint = null;
        foreach (var file in options.ChainFiles)
        {
            complaint = Read(file, pem);
            if (complaint != null && options.IsServer)
            {
                throw new TlsException(complaint, []);
            }

            // A client can do without, and the certificates of the files before this one are good.
            if (complaint != null)
            {
                break;
            }
        }

        if (complaint == null ? options.ChainFiles.Count > 0 : pem.Length > 0)
        {
            CertificateChain.Load(handle, pem.ToString(), string.Join(", ", options.ChainFiles));
        }

        return complaint;
    }

    // Its own key each side gives to whoever asks for it.
    private static void AllowRawKeys(SafeContextHandle handle, TlsContextOptions options)
    {
        if (options.IsServer)
        {
            RawKeys.AllowForServer(handle);
        }

        if (options.IsServer ? options.PrefersRawKeys : options.ChainFiles.Count + options.CertificatePairs.Count > 0)
        {
            RawKeys.AllowForClient(handle);
        }
    }

    /// <returns>Why it cannot be read, or null.</returns>
    private static string? Read(string file, StringBuilder pem)
    {
        try
        {
            pem.Append(File.ReadAllText(file)).Append('\n');
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var reason = e switch
            {
                FileNotFoundException or DirectoryNotFoundException => "No such file or directory",
                UnauthorizedAccessException => "Permission denied",
                _ => e.Message,
            };
            return $"error opening chain file: {file}: {reason}";
        }
    }

    private static void LoadPair(SafeContextHandle handle, string certificate, string key)
    {
        if (certificate == key && !File.Exists(certificate))
        {
            throw new TlsException($"error opening chain file: {certificate}: No such file or directory", []);
        }

        if (LibSsl.UseCertificateChainFile(handle, certificate) != 1)
        {
            throw Failure($"cannot get RSA certificate from file \"{certificate}\": disabling TLS support");
        }

        if (LibSsl.UsePrivateKeyFile(handle, key, LibSsl.FileTypePem) != 1)
        {
            throw Failure($"cannot get RSA private key from file \"{key}\": disabling TLS support");
        }

        if (LibSsl.CheckPrivateKey(handle) != 1)
        {
            throw Failure($"the key in \"{key}\" is not the certificate's in \"{certificate}\"");
        }
    }

    private static void LoadTrust(SafeContextHandle handle, TlsContextOptions options)
    {
        LibSsl.SetVerifyDepth(handle, options.VerifyDepth);
        if (options.CaFile.Length > 0)
        {
            if (LibSsl.LoadVerifyFile(handle, options.CaFile) != 1)
            {
                throw Failure($"cannot load Certification Authority data, CAfile=\"{options.CaFile}\": disabling TLS support");
            }

            if (options.IsServer)
            {
                LibSsl.SetClientCaList(handle, LibSsl.LoadClientCaFile(options.CaFile));
            }
        }

        if (options.CaPath.Length > 0 && LibSsl.LoadVerifyDirectory(handle, options.CaPath) != 1)
        {
            throw Failure($"cannot load Certification Authority data, CApath=\"{options.CaPath}\": disabling TLS support");
        }

        foreach (var file in options.TrustAnchorFiles)
        {
            if (LibSsl.LoadVerifyFile(handle, file) != 1)
            {
                throw Failure($"error reading certificates or public keys from trust anchor file \"{file}\"");
            }
        }

        if (options.TrustAnchorFiles.Count > 0)
        {
            const nuint PartialChain = 0x80000; // an anchor need not be self-signed
            _ = LibCrypto.SetVerifyFlags(LibSsl.GetVerifyParameters(handle), PartialChain);
        }

        if (options.UsesDefaultCas)
        {
            LibSsl.SetDefaultVerifyPaths(handle);
        }

        if (!options.IsServer)
        {
            LibSsl.EnableDane(handle);
        }
    }

    internal static string? Text(nint pointer) => pointer == 0 ? null : Marshal.PtrToStringUTF8(pointer);
}
