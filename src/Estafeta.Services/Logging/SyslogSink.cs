using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.Services.Logging;

/// <summary>
/// syslog(3) by hand: a datagram a line to /dev/log, sent at once without waiting; only when syslogd lags behind do lines go through
/// the buffer. Opened before chroot. Without a syslogd the lines are lost, as with Postfix.
/// </summary>
public sealed class SyslogSink : BufferedLogSink
{
    // RFC 3164 §4.1; Postfix gives syslog(3) two thousand octets of text at most.
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private readonly LogSinkOptions _options;
    private Socket? _socket;
    private long _connectedAt;

    public SyslogSink(LogSinkOptions options)
        : base(options)
    {
        _options = options;
        Connect();
    }

    private protected override int FormatLead(Span<byte> destination, LogSeverity severity, ReadOnlySpan<byte> stamp)
    {
        var priority = (_options.SyslogFacility * 8) + severity switch
        {
            LogSeverity.Info => 6,
            LogSeverity.Warning => 4,
            LogSeverity.Error => 3,
            _ => 2,
        };
        destination[0] = (byte)'<';
        priority.TryFormat(destination[1..], out var at, default, CultureInfo.InvariantCulture);
        at++;
        destination[at++] = (byte)'>';
        stamp.CopyTo(destination[at..]);
        return at + stamp.Length;
    }

    private protected override bool TrySendNow(ReadOnlySpan<byte> record)
    {
        if (_socket == null)
        {
            return false;
        }

        _socket.Send(record[LogRecords.HeaderOctets..], SocketFlags.None, out var error);
        return error == SocketError.Success;
    }

    private protected override bool Send(ReadOnlySpan<byte> records)
    {
        while (LogRecords.TryRead(ref records, out _, out var line))
        {
            if (!SendLine(line))
            {
                return false;
            }
        }

        return true;
    }

    private protected override void Close() => _socket?.Dispose();

    private bool SendLine(ReadOnlySpan<byte> line)
    {
        var reconnected = false;
        while (true)
        {
            var error = SocketError.NotConnected;
            _socket?.Send(line, SocketFlags.None, out error);
            switch (error)
            {
                case SocketError.Success:
                    return true;
                case SocketError.WouldBlock or SocketError.NoBufferSpaceAvailable:
                    _socket!.Poll(RetryDelay, SelectMode.SelectWrite);
                    continue;
            }

            if (reconnected || !Connect())
            {
                return false;
            }

            reconnected = true;
        }
    }

    // syslogd was restarted, or is not there yet: tried once a second at most.
    private bool Connect()
    {
        if (_connectedAt != 0 && _options.Time.GetElapsedTime(_connectedAt) < RetryDelay)
        {
            return false;
        }

        _connectedAt = _options.Time.GetTimestamp();
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(_options.SyslogSocket));
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }

        var old = _socket;
        _socket = socket;
        old?.Dispose();
        return true;
    }
}
