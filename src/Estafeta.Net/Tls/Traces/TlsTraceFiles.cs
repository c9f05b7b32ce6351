using System.Globalization;

namespace Estafeta.Net.Tls.Traces;

/// <summary>
/// Traces of TLS sessions, for smtpd_tls_loglevel and smtp_tls_loglevel 3 (the handshake) and 4 (all of it): a file a session in the queue's
/// folder <c>trace</c>, no longer than *_tls_trace_size_limit, no more in a second than tls_trace_rate_limit. What is in them is encrypted as it
/// was on the wire. Thread-safe.
/// </summary>
/// <param name="directory">Of the mail owner; relative to the queue directory, which may be the jail.</param>
public sealed class TlsTraceFiles(string directory, int sizeLimit, int rateLimit, Action<string> info, Action<string> warn, TimeProvider time)
{
    /// <summary>Where they are, below the queue directory.</summary>
    public const string Folder = "trace";

    private const int FirstLevel = 3;
    private const int WholeLevel = 4;

    private readonly Lock _lock = new();
    private long _second;
    private int _opened;
    private int _number;

    /// <summary>A trace for the session with this peer; null when the log level does not ask for one, or too many were begun.</summary>
    public TlsTraceFile? Open(string peer, int logLevel)
    {
        if (logLevel < FirstLevel || sizeLimit <= 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        int number;
        lock (_lock)
        {
            if (now.ToUnixTimeSeconds() != _second)
            {
                (_second, _opened) = (now.ToUnixTimeSeconds(), 0);
            }

            if (_opened >= rateLimit)
            {
                return null;
            }

            _opened++;
            number = ++_number;
        }

        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"tls-{now:yyyyMMdd-HHmmss}-{Environment.ProcessId}-{number}"));
        try
        {
            var file = new TlsTraceFile(path, $"{peer} at {now:yyyy-MM-dd HH:mm:ss} UTC", sizeLimit, logLevel >= WholeLevel);
            info($"{peer}: TLS trace in {path}");
            return file;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            warn($"cannot write TLS trace {path}: {e.Message}");
            return null;
        }
    }
}
