using Estafeta.Net.Tls.OpenSsl;

namespace Estafeta.Net.Tls;

/// <summary>What one end asks of one connection, beyond its context.</summary>
public sealed record TlsSessionOptions
{
    /// <summary>SNI to send (client).</summary>
    public string ServerName { get; init; } = "";

    /// <summary>Ask for, and in <see cref="RequiresPeerCertificate"/> insist on, a client certificate (server).</summary>
    public bool AsksPeerCertificate { get; init; }

    public bool RequiresPeerCertificate { get; init; }

    /// <summary>Names of which the server certificate must have one; <c>.example.com</c> matches its subdomains. Empty: names are not checked.</summary>
    public IReadOnlyList<string> ExpectedNames { get; init; } = [];

    /// <summary>tls_wildcard_matches_multiple_labels: <c>*.example.com</c> matches <c>a.b.example.com</c>.</summary>
    public bool WildcardsMatchManyLabels { get; init; } = true;

    /// <summary>Takes the steps of the handshake, a line each; null for none.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>The server's bare key would do as well as a certificate (client).</summary>
    public bool AsksRawKey { get; init; }

    /// <summary>tls_trust_server_ccerts: a client certificate that is made for servers only will do (server).</summary>
    public bool TakesServerCertificates { get; init; }

    /// <summary>Takes the octets of the wire; the session disposes of it.</summary>
    public Traces.TlsTraceFile? WireTrace { get; init; }

    /// <summary>A session of an earlier connection to the same server (client).</summary>
    public TlsResumption? Resumption { get; init; }

    /// <summary>The context trusts certificates of smtp_tls_trust_anchor_file: where the chain meets one is of interest (client).</summary>
    public bool HasTrustAnchors { get; init; }

    /// <summary>The name TLSA records belong to; <see cref="ServerName"/> when empty.</summary>
    public string TlsaDomain { get; init; } = "";

    /// <summary>TLSA records (usage, selector, matching type, data); the base domain is <see cref="TlsaDomain"/>.</summary>
    public IReadOnlyList<(byte Usage, byte Selector, byte Matching, byte[] Data)> Tlsa { get; init; } = [];
}

/// <summary>
/// One SSL over two memory BIOs: octets of the wire in and out, octets of the conversation in and out. No I/O of its own, so no thread
/// and no buffer waits with an idle peer. Not thread-safe: the stream above calls it from one side at a time.
/// </summary>
internal sealed class TlsSession : IDisposable
{
    // The callback runs inside SSL_do_handshake, on its thread.
    [ThreadStatic]
    private static int _verifyError;

    [ThreadStatic]
    private static string? _verifyIssuer;

    [ThreadStatic]
    private static bool _takesServerCertificates;

    private readonly SafeSessionHandle _handle;
    private nint _in;
    private nint _out;
    private readonly Action<string>? _trace;
    private readonly Traces.TlsTraceFile? _wireTrace;
    private readonly bool _takes;

    public TlsSession(TlsContext context, TlsSessionOptions options, bool isServer)
    {
        LibCrypto.ClearErrors();
        _handle = LibSsl.NewSession(context.Handle);
        if (_handle.IsInvalid)
        {
            throw TlsContext.Failure("cannot allocate TLS session");
        }

        _trace = options.Trace;
        _wireTrace = options.WireTrace;
        _takes = options.TakesServerCertificates;
        if (_trace != null)
        {
            HandshakeTrace.Enable(_handle);
        }

        _in = LibCrypto.NewBio(LibCrypto.MemoryMethod());
        _out = LibCrypto.NewBio(LibCrypto.MemoryMethod());
        LibSsl.SetBio(_handle, _in, _out);
        try
        {
            Configure(options, isServer);
        }
        catch
        {
            _handle.Dispose();
            throw;
        }
    }

    public SafeSessionHandle Handle => _handle;

    /// <summary>After the handshake.</summary>
    public bool IsTls13 => LibSsl.GetVersionNumber(_handle) == TlsProtocols.Version13;

    /// <summary>The first thing OpenSSL found wrong with the peer's chain; the result it keeps is the last one. 0 for nothing.</summary>
    public int FirstVerifyError { get; private set; }

    /// <summary>The issuer of the certificate it was found with.</summary>
    public string FirstVerifyIssuer { get; private set; } = "";

    public enum Progress
    {
        Done,
        NeedsInput,

        /// <summary>The peer said it will send no more (close_notify).</summary>
        Closed,
    }

    /// <summary>Throws <see cref="TlsException"/>.</summary>
    public Progress Handshake()
    {
        LibCrypto.ClearErrors();
        _verifyError = 0;
        _takesServerCertificates = _takes;
        var lines = _trace == null ? null : new List<string>();
        HandshakeTrace.Collect(lines);
        var result = LibSsl.DoHandshake(_handle);
        HandshakeTrace.Collect(null);
        lines?.ForEach(_trace!); // there are lines only with it
        if (FirstVerifyError == 0 && _verifyError != 0)
        {
            FirstVerifyError = _verifyError;
            FirstVerifyIssuer = _verifyIssuer ?? "";
        }

        return Judge(result, out _);
    }

    public Progress Read(Span<byte> buffer, out int octets)
    {
        LibCrypto.ClearErrors();
        return Judge(LibSsl.Read(_handle, buffer, buffer.Length), out octets);
    }

    /// <summary>Memory takes everything; a renegotiating peer is refused, so writing never waits for reading.</summary>
    public int Write(ReadOnlySpan<byte> octets)
    {
        LibCrypto.ClearErrors();
        return Judge(LibSsl.Write(_handle, octets, octets.Length), out var written) == Progress.Done
            ? written
            : throw new TlsException("TLS write out of turn", []);
    }

    public void Close()
    {
        LibCrypto.ClearErrors();
        LibSsl.Shutdown(_handle);
        LibCrypto.ClearErrors();
    }

    /// <summary>
    /// The buffers of the wire begin anew: they have grown to the size of the handshake and would stay so for as long as the connection idles.
    /// Octets that are still in them stay.
    /// </summary>
    public void ShrinkBuffers()
    {
        if (LibCrypto.Pending(_in) == 0 && LibCrypto.Pending(_out) == 0)
        {
            _in = LibCrypto.NewBio(LibCrypto.MemoryMethod());
            _out = LibCrypto.NewBio(LibCrypto.MemoryMethod());
            LibSsl.SetBio(_handle, _in, _out);
        }
    }

    /// <summary>The handshake is done: the buffers and the trace that were for it go.</summary>
    public void EndHandshake()
    {
        ShrinkBuffers();
        _wireTrace?.EndHandshake();
    }

    public void PutWire(ReadOnlySpan<byte> octets)
    {
        _wireTrace?.Note(isReceived: true, octets);
        while (octets.Length > 0)
        {
            var taken = LibCrypto.WriteBio(_in, octets, octets.Length);
            if (taken <= 0)
            {
                throw TlsContext.Failure("out of memory for TLS records");
            }

            octets = octets[taken..];
        }
    }

    /// <summary>Octets that wait to be sent.</summary>
    public int PendingWire => (int)LibCrypto.Pending(_out);

    /// <summary>Takes octets to send; as many as fit.</summary>
    public int TakeWire(Span<byte> wire)
    {
        var taken = Math.Max(0, LibCrypto.ReadBio(_out, wire, wire.Length));
        _wireTrace?.Note(isReceived: false, wire[..taken]);
        return taken;
    }

    public void Dispose()
    {
        // A connection that ends without close_notify does not spoil its session (RFC 5246 §7.2.1): OpenSSL would never resume it.
        if (!_handle.IsClosed)
        {
            LibSsl.SetShutdown(_handle, LibSsl.SentShutdown | LibSsl.ReceivedShutdown);
        }

        _handle.Dispose();
        _wireTrace?.Dispose();
    }

    private Progress Judge(int result, out int octets)
    {
        octets = Math.Max(result, 0);
        if (result > 0)
        {
            return Progress.Done;
        }

        switch (LibSsl.GetError(_handle, result))
        {
            case LibSsl.ErrorWantRead:
            case LibSsl.ErrorWantWrite:
                return Progress.NeedsInput;
            case LibSsl.ErrorZeroReturn:
                return Progress.Closed;
            default:
                throw TlsContext.Failure("TLS failure");
        }
    }

    private unsafe void Configure(TlsSessionOptions options, bool isServer)
    {
        if (isServer)
        {
            LibSsl.SetAcceptState(_handle);
            var mode = !options.AsksPeerCertificate ? LibSsl.VerifyNone
                : LibSsl.VerifyPeer | LibSsl.VerifyClientOnce | (options.RequiresPeerCertificate ? LibSsl.VerifyFailIfNoPeerCertificate : 0);

            // The handshake goes on whatever the chain looks like; the result is judged, and logged, afterwards.
            LibSsl.SetVerify(_handle, mode, &GoOn);
            return;
        }

        LibSsl.SetConnectState(_handle);
        LibSsl.SetVerify(_handle, LibSsl.VerifyPeer, &GoOn);
        if (options.AsksRawKey)
        {
            RawKeys.AskServer(_handle);
        }

        if (options.ServerName.Length > 0)
        {
            LibSsl.Control(_handle, LibSsl.CtrlSetHostName, 0, options.ServerName);
        }

        if (options.Tlsa.Count > 0)
        {
            AddTlsa(options);
        }

        for (var i = 0; i < options.ExpectedNames.Count; i++)
        {
            _ = i == 0 ? LibSsl.SetExpectedHost(_handle, options.ExpectedNames[i]) : LibSsl.AddExpectedHost(_handle, options.ExpectedNames[i]);
        }

        const uint NoPartialWildcards = 0x4;
        const uint MultiLabelWildcards = 0x8;
        LibSsl.SetHostFlags(_handle, NoPartialWildcards | (options.WildcardsMatchManyLabels ? MultiLabelWildcards : 0));
        if (options.Resumption is { } resumption)
        {
            _ = LibSsl.SetSession(_handle, resumption.Handle); // a session that does not fit is a new one
        }
    }

    private void AddTlsa(TlsSessionOptions options)
    {
        if (LibSsl.EnableDane(_handle, options.TlsaDomain.Length > 0 ? options.TlsaDomain : options.ServerName) <= 0)
        {
            throw TlsContext.Failure("cannot enable DANE");
        }

        // RFC 7672 §3.1.1: a record of usage 3 names the certificate itself, so what names that bears is nobody's concern.
        LibSsl.SetDaneFlags(_handle, LibSsl.DaneWithoutNameChecks);
        var usable = 0;
        foreach (var (usage, selector, matching, data) in options.Tlsa)
        {
            usable += LibSsl.AddTlsa(_handle, usage, selector, matching, data, (nuint)data.Length) > 0 ? 1 : 0;
        }

        LibCrypto.ClearErrors();
        if (usable == 0)
        {
            throw new TlsException("no usable TLSA records", []);
        }
    }

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static int GoOn(int isGood, nint store)
    {
        const int UnsuitablePurpose = 26;
        const int SslServer = 2;
        if (isGood == 0 && _takesServerCertificates && LibCrypto.GetVerifyError(store) == UnsuitablePurpose && LibCrypto.GetVerifyDepth(store) == 0
            && LibCrypto.CheckPurpose(LibCrypto.GetCurrentCertificate(store), SslServer, 0) == 1)
        {
            LibCrypto.SetVerifyError(store, 0);
            return 1;
        }

        if (isGood == 0 && _verifyError == 0)
        {
            _verifyError = LibCrypto.GetVerifyError(store);
            var certificate = LibCrypto.GetCurrentCertificate(store);
            _verifyIssuer = certificate == 0 ? "" : TlsPeerCertificate.OneLine(LibCrypto.GetIssuer(certificate));
        }

        return 1;
    }
}
