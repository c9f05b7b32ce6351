using System.Text;
using Estafeta.Net.Tls.Traces;
using Estafeta.Tables;

namespace Estafeta.Net.Tls.Server;

/// <summary>
/// The TLS of a server daemon: its certificates, those of tls_server_sni_maps, and the handshake with its log lines. Certificate files that
/// change are picked up without restart; a new file that cannot be used keeps the old certificate and says so. Thread-safe; one per daemon.
/// </summary>
/// <param name="settings">smtpd_tls_*.</param>
/// <param name="serverNames">tls_server_sni_maps, opened with <see cref="TableFlags.ValueIsFile"/>.</param>
/// <param name="info">Takes the informational log lines.</param>
/// <param name="warn">Takes the warnings.</param>
/// <param name="time">For time limits and the look at the files.</param>
public sealed class TlsServer(TlsServerSettings settings, MapList serverNames, Action<string> info, Action<string> warn, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, TlsContext> _byName = new(StringComparer.Ordinal);
    private readonly List<TlsContext> _replaced = [];
    private TlsContext? _context;
    private TlsFileStamps? _stamps;
    private long _checked;

    public TlsServerSettings Settings => settings;

    /// <summary>
    /// Called when a file has changed that this process may no longer read: asks for a process that may. What is loaded stays in use.
    /// </summary>
    public Action Renew { get; init; } = static () => { };

    /// <summary>The line about a handshake that failed, from the client's name; null for smtpd's, which says how.</summary>
    public Func<string, string>? DescribeFailure { get; init; }

    /// <summary>For log levels 3 and 4.</summary>
    public TlsTraceFiles? Traces { get; init; }

    /// <summary>False when no usable certificate was ever loaded: STARTTLS answers 454. Logs why, once per change of the files.</summary>
    public bool IsAvailable => Current() != null;

    /// <summary>
    /// Does the handshake. Null when it failed, which has been logged; the connection is then useless. Throws
    /// <see cref="OperationCanceledException"/> only for the caller's token.
    /// </summary>
    /// <param name="client"><c>name[address]</c>.</param>
    /// <param name="logLevel">For this client; null for the service's.</param>
    public async Task<TlsStream?> AcceptAsync(Stream inner, string client, CancellationToken cancellationToken, int? logLevel = null)
    {
        if (Current() is not { } context)
        {
            return null;
        }

        var level = logLevel ?? settings.LogLevel;
        if (level >= 2)
        {
            info($"setting up TLS connection from {client}");
            info($"{client}: TLS cipher list \"{settings.Context.CipherList}\"");
        }

        using var deadline = new CancellationTokenSource(settings.HandshakeTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var options = new TlsSessionOptions
        {
            AsksPeerCertificate = settings.AsksClientCertificate,
            TakesServerCertificates = settings.TakesServerCertificates,
            Trace = level >= 2 ? info : null,
            WireTrace = Traces?.Open(client, level),
        };
        try
        {
            var stream = serverNames.IsEmpty
                ? await TlsStream.AcceptAsync(inner, context, options, either.Token)
                : await TlsStream.AcceptAsync(inner, name => SelectAsync(name, context, either.Token), options, either.Token);
            LogSuccess(stream.Negotiated, client, level);
            return stream;
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            LogFailure(e, client);
            return null;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _context?.Dispose();
            foreach (var context in _byName.Values.Concat(_replaced))
            {
                context.Dispose();
            }
        }
    }

    private TlsContext? Current()
    {
        lock (_lock)
        {
            if (_stamps != null && time.GetElapsedTime(_checked) < CheckInterval)
            {
                return _context;
            }

            _checked = time.GetTimestamp();
            var stamps = TlsFileStamps.Take(settings.Context);
            if (_stamps == null || _stamps.IsOutdatedBy(stamps))
            {
                _stamps = _stamps?.UpdatedBy(stamps) ?? stamps;
                Reload();
            }

            return _context;
        }
    }

    private void Reload()
    {
        if (!settings.HasCertificate && !settings.IsAnonymous)
        {
            warn("No server certs available. TLS won't be enabled");
            return;
        }

        if (FingerprintDigest.Complaint(settings.FingerprintDigest) is { } complaint)
        {
            warn(complaint);
            warn("disabling TLS support");
            return;
        }

        if (_context != null && !IsReadable())
        {
            // The key is root's, and we no longer are: a process that starts anew reads it.
            Renew();
            return;
        }

        try
        {
            var context = TlsContext.Create(settings.Context);
            if (_context != null)
            {
                _replaced.Add(_context); // sessions in hand may still be made from it
            }

            _context = context;
        }
        catch (TlsException e)
        {
            Warn(e);
            if (_context != null)
            {
                warn("keeping the old TLS certificate");
            }
        }
    }

    private bool IsReadable()
    {
        foreach (var file in settings.Context.Files)
        {
            try
            {
                using var opened = File.OpenHandle(file);
            }
            catch (UnauthorizedAccessException)
            {
                return false;
            }
            catch (IOException)
            {
                // Loading it says what is wrong.
            }
        }

        return true;
    }

    private async ValueTask<TlsContext> SelectAsync(string name, TlsContext fallback, CancellationToken cancellationToken)
    {
        // "mail.example.com", then ".example.com", as tls_server_sni_maps is searched.
        for (var key = name; key.Length > 0;)
        {
            var found = await serverNames.LookupAsync(key, cancellationToken);
            if (found.IsTrouble)
            {
                throw new TlsException($"{serverNames.ParameterName} lookup error for {name}", []);
            }

            if (found.IsFound)
            {
                return ForName(key, found.Value ?? "") ?? throw new TlsException($"no usable certificate for {name}", []);
            }

            var dot = key.IndexOf('.', 1);
            key = dot < 0 ? "" : key[dot..];
        }

        return fallback;
    }

    private TlsContext? ForName(string name, string encoded)
    {
        lock (_lock)
        {
            var key = name + "\n" + encoded;
            if (_byName.TryGetValue(key, out var context))
            {
                return context;
            }

            try
            {
                var pem = Encoding.ASCII.GetString(Convert.FromBase64String(encoded));
                return _byName[key] = TlsContext.Create(settings.Context with
                {
                    ChainFiles = [],
                    CertificatePairs = [],
                    ChainPem = pem,
                    ChainPemSource = $"{serverNames.ParameterName} entry {name}",
                });
            }
            catch (FormatException)
            {
                warn($"malformed BASE64 value in {serverNames.ParameterName} for {name}");
            }
            catch (TlsException e)
            {
                Warn(e);
            }

            return null;
        }
    }

    private void LogSuccess(TlsParameters negotiated, string client, int level)
    {
        if (level >= 2 && negotiated.PeerCertificate is { } certificate)
        {
            info($"{client}: {certificate.Describe(settings.FingerprintDigest)}");
        }

        if (level < 1)
        {
            return;
        }

        var word = negotiated.PeerCertificate == null ? "Anonymous" : negotiated.IsPeerVerified ? "Trusted" : "Untrusted";
        info($"{word} TLS connection established from {client}: {negotiated.Summary}");
    }

    private void LogFailure(Exception e, string client)
    {
        var what = e switch
        {
            TlsException => "-1",
            OperationCanceledException => "Connection timed out",
            _ => "lost connection",
        };
        info(DescribeFailure?.Invoke(client) ?? $"SSL_accept error from {client}: {what}");
        foreach (var line in (e as TlsException)?.Errors ?? [])
        {
            warn($"TLS library problem: {line}");
        }
    }

    private void Warn(TlsException e)
    {
        warn(e.Message);
        foreach (var line in e.Errors)
        {
            warn($"TLS library problem: {line}");
        }
    }
}
