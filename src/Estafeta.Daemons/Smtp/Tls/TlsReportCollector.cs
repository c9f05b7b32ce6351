using System.Net.Sockets;
using Estafeta.Net.Dns;
using Estafeta.Net.TlsReporting;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// smtp_tlsrpt_socket_name: outcomes go to a collector outside, sys4's tlsrpt-collectd, in place of tlsmgr; those of domains that want reports. It is never
/// waited for: a datagram that it does not take is lost, and said. Thread-safe.
/// </summary>
internal sealed class TlsReportCollector(string path, DnsResolver resolver) : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
    private readonly UnixDomainSocketEndPoint _endPoint = new(path);

    public async ValueTask ReportAsync(TlsOutcome outcome, CancellationToken cancellationToken)
    {
        var answer = await resolver.QueryAsync(TlsReportRecord.Name(outcome.Domain), DnsRecordType.TXT, cancellationToken);
        if (TlsReportRecord.Find(answer.Records.OfType<DnsTextRecord>().Select(record => record.Text)) is not { } record)
        {
            return;
        }

        try
        {
            _socket.SendTo(TlsReportDatagram.Format(outcome, record), _endPoint);
        }
        catch (SocketException e)
        {
            throw new IOException($"{path}: {ConnectFailure.Describe(e, AddressFamily.Unix)}", e);
        }
    }

    public void Dispose() => _socket.Dispose();
}
