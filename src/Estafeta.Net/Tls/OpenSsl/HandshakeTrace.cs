using System.Runtime.InteropServices;

namespace Estafeta.Net.Tls.OpenSsl;

/// <summary>
/// The steps of a handshake in OpenSSL's words (SSL_set_info_callback), as smtpd_tls_loglevel = 2 and smtp_tls_loglevel = 2 show them. Callbacks run
/// on the thread of the call they belong to, which collects the lines.
/// </summary>
internal static unsafe class HandshakeTrace
{
    private const int Loop = 0x01;
    private const int Exit = 0x02;
    private const int Read = 0x04;
    private const int Alert = 0x4000;
    private const int Connecting = 0x1000;
    private const int Accepting = 0x2000;
    private const int CloseNotify = 0;

    [ThreadStatic]
    private static List<string>? _lines;

    /// <summary>From now on the calls of this thread collect; null ends it.</summary>
    public static void Collect(List<string>? lines) => _lines = lines;

    public static void Enable(SafeSessionHandle session) => LibSsl.SetInfoCallback(session, &Note);

    [UnmanagedCallersOnly]
    private static void Note(nint session, int where, int result)
    {
        if (_lines is not { } lines)
        {
            return;
        }

        var who = (where & Connecting) != 0 ? "SSL_connect" : (where & Accepting) != 0 ? "SSL_accept" : "unknown";
        if ((where & Loop) != 0)
        {
            lines.Add($"{who}:{TlsContext.Text(LibSsl.DescribeState(session))}");
        }
        else if ((where & Alert) != 0)
        {
            if ((result & 0xff) != CloseNotify)
            {
                lines.Add($"SSL3 alert {((where & Read) != 0 ? "read" : "write")}:{TlsContext.Text(LibSsl.DescribeAlertType(result))}:{TlsContext.Text(LibSsl.DescribeAlert(result))}");
            }
        }
        else if ((where & Exit) != 0 && result == 0)
        {
            lines.Add($"{who}:failed in {TlsContext.Text(LibSsl.DescribeState(session))}");
        }
    }
}
