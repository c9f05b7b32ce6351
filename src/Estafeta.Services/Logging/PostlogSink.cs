using System.Net.Sockets;
using System.Text;
using Estafeta.Unix;

namespace Estafeta.Services.Logging;

/// <summary>
/// Lines for maillog_file: to postlogd(8) over its socket, many in a datagram. Lines wait ten milliseconds for company, since
/// a datagram costs the same with one line or fifty. While postlogd cannot be reached, master and the postfix command append to the
/// file themselves; other processes wait for it.
/// </summary>
public sealed class PostlogSink : BufferedLogSink
{
    private const int MaxDatagram = 32 * 1024;
    private const int Attempts = 20;

    /// <summary>How long a line may wait in its process before postlogd has it.</summary>
    public static readonly TimeSpan Company = TimeSpan.FromMilliseconds(10);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);
    private readonly LogSinkOptions _options;
    private readonly byte[] _host;
    private readonly byte[] _datagram = new byte[MaxDatagram];
    private Socket? _socket;

    public PostlogSink(LogSinkOptions options)
        : base(options)
    {
        _options = options;
        _host = Encoding.UTF8.GetBytes(options.Host[..Math.Min(options.Host.Length, 255)] + ' ');
        LogRecords.Mark.CopyTo(_datagram);

        // Before chroot or a change of user, so that the path still leads there.
        TryConnect();
    }

    private protected override int FormatLead(Span<byte> destination, LogSeverity severity, ReadOnlySpan<byte> stamp)
    {
        stamp.CopyTo(destination);
        _host.CopyTo(destination[stamp.Length..]);
        return stamp.Length + _host.Length;
    }

    private protected override void Gather() => Thread.Sleep(Company);

    private protected override bool Send(ReadOnlySpan<byte> records)
    {
        while (records.Length > 0)
        {
            var chunk = records[..WholeRecords(records, MaxDatagram - LogRecords.Mark.Length)];
            chunk.CopyTo(_datagram.AsSpan(LogRecords.Mark.Length));
            if (!SendDatagram(_datagram.AsSpan(0, LogRecords.Mark.Length + chunk.Length), chunk))
            {
                return false;
            }

            records = records[chunk.Length..];
        }

        return true;
    }

    private protected override void Close() => _socket?.Dispose();

    private static int WholeRecords(ReadOnlySpan<byte> records, int limit)
    {
        var rest = records;
        var taken = 0;
        while (LogRecords.TryRead(ref rest, out _, out _) && records.Length - rest.Length <= limit)
        {
            taken = records.Length - rest.Length;
        }

        return taken;
    }

    private bool SendDatagram(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> records)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (_socket != null || TryConnect())
            {
                // Blocking: postlogd's queue holds few datagrams, and waiting here is what this thread is for.
                _socket!.Send(datagram, SocketFlags.None, out var error);
                if (error == SocketError.Success)
                {
                    return true;
                }

                _socket.Dispose();
                _socket = null;
                if (TryConnect())
                {
                    continue;
                }
            }

            if (_options.WriteFileWithoutPostlogd)
            {
                return AppendToFile(records);
            }

            if (_options.GivesUpWithoutPostlogd)
            {
                return false;
            }

            Thread.Sleep(RetryDelay);
        }

        return false;
    }

    private bool TryConnect()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(_options.PostlogSocket));
            _socket = socket;
            return true;
        }
        catch (SocketException)
        {
            socket.Dispose();
            return false;
        }
    }

    private bool AppendToFile(ReadOnlySpan<byte> records)
    {
        try
        {
            using var file = LogFile.Open(_options.MaillogFile, LogFile.DefaultMode);
            while (LogRecords.TryRead(ref records, out _, out var line))
            {
                file.Append(line);
            }

            file.Flush();
            return true;
        }
        catch (UnixException)
        {
            return false;
        }
    }
}
