using System.Net.Sockets;
using System.Text;
using Estafeta.Services.Logging;
using Estafeta.Unix.Sockets;

namespace Estafeta.Daemons.Smtpd.Proxy;

/// <summary>
/// The SMTP dialogue with a before-queue filter. Trouble is logged once and then a state: a connection that is of no more use answers
/// null to everything. Replies are whole, lines separated by LF.
/// </summary>
internal sealed class ProxyConnection : IDisposable
{
    private const int MaxLineOctets = 2048;
    private const int MaxReplyLines = 100;
    private const int OutputOctets = 16 * 1024;

    private readonly ProxyFilter _filter;
    private readonly NetworkStream _stream;
    private readonly TimeProvider _time;
    private readonly CancellationToken _sessionEnd;
    private readonly byte[] _input = new byte[MaxLineOctets];
    private readonly byte[] _output = new byte[OutputOctets];
    private int _start;
    private int _end;
    private int _outputLength;

    private ProxyConnection(ProxyFilter filter, NetworkStream stream, TimeProvider time, CancellationToken sessionEnd)
    {
        _filter = filter;
        _stream = stream;
        _time = time;
        _sessionEnd = sessionEnd;
    }

    public bool IsBroken { get; private set; }

    /// <summary>Null when the filter cannot be reached.</summary>
    public static async ValueTask<ProxyConnection?> OpenAsync(ProxyFilter filter, TimeProvider time, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(filter.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        string problem;
        try
        {
            var socket = await filter.ConnectAsync(both.Token);
            return new ProxyConnection(filter, new NetworkStream(socket, ownsSocket: true), time, cancellationToken);
        }
        catch (SocketException e)
        {
            problem = ConnectFailure.Describe(e, filter.Path == null ? AddressFamily.Unspecified : AddressFamily.Unix);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problem = "Connection timed out";
        }

        filter.Log.Warning($"connect to proxy filter {filter.Destination}: {problem}");
        return null;
    }

    /// <summary>Sends a command and reads its reply; null when the connection is of no more use.</summary>
    public async ValueTask<string?> CommandAsync(string command)
    {
        await WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
        return await ReadReplyAsync();
    }

    /// <summary>The reply to the end of data.</summary>
    public ValueTask<string?> ReadFinalReplyAsync() => ReadReplyAsync();

    /// <summary>The same, with anything but the expected kind of reply logged.</summary>
    /// <param name="command">Without line end; null to wait for the greeting.</param>
    /// <param name="expected">The reply code's first digit.</param>
    public async ValueTask<string?> ExpectAsync(string? command, char expected)
    {
        var reply = command == null ? await ReadReplyAsync() : await CommandAsync(command);
        if (reply != null && reply[0] != expected)
        {
            _filter.Log.Warning($"proxy {_filter.Destination} rejected \"{command ?? "connection request"}\": \"{reply.Replace("\n", "??", StringComparison.Ordinal)}\"");
        }

        return reply;
    }

    /// <summary>Content in wire form; leaves when enough has come together, at the latest before the next reply is read.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets)
    {
        while (!octets.IsEmpty && !IsBroken)
        {
            var part = Math.Min(octets.Length, _output.Length - _outputLength);
            octets[..part].CopyTo(_output.AsMemory(_outputLength));
            _outputLength += part;
            octets = octets[part..];
            if (_outputLength == _output.Length)
            {
                await FlushAsync();
            }
        }
    }

    /// <summary>Says goodbye if that can be said at once, without waiting for what the filter answers.</summary>
    public async ValueTask QuitAsync()
    {
        await WriteAsync("QUIT\r\n"u8.ToArray());
        await FlushAsync();
    }

    public void Dispose() => _stream.Dispose();

    private async ValueTask FlushAsync()
    {
        if (IsBroken || _outputLength == 0)
        {
            return;
        }

        using var limit = new CancellationTokenSource(_filter.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _sessionEnd);
        try
        {
            await _stream.WriteAsync(_output.AsMemory(0, _outputLength), both.Token);
            _outputLength = 0;
        }
        catch (IOException)
        {
            Break("lost connection with proxy");
        }
        catch (OperationCanceledException) when (!_sessionEnd.IsCancellationRequested)
        {
            Break("timeout talking to proxy");
        }
    }

    private async ValueTask<string?> ReadReplyAsync()
    {
        await FlushAsync();
        var reply = new StringBuilder();
        for (var i = 0; i < MaxReplyLines && !IsBroken; i++)
        {
            if (await ReadLineAsync() is not { } line)
            {
                return null;
            }

            if (line.Length < 3 || !char.IsAsciiDigit(line[0]) || !char.IsAsciiDigit(line[1]) || !char.IsAsciiDigit(line[2]))
            {
                Break("malformed reply from proxy");
                return null;
            }

            reply.Append(i > 0 ? "\n" : "").Append(line);
            if (line.Length == 3 || line[3] != '-')
            {
                return reply.ToString();
            }
        }

        Break("reply without end from proxy");
        return null;
    }

    private async ValueTask<string?> ReadLineAsync()
    {
        while (!IsBroken)
        {
            var found = _input.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (found >= 0)
            {
                var line = _input.AsSpan(_start, found).TrimEnd((byte)'\r');
                _start += found + 1;
                return Clean(line);
            }

            _input.AsSpan(_start, _end - _start).CopyTo(_input);
            (_start, _end) = (0, _end - _start);
            if (_end == _input.Length)
            {
                Break("overlong reply from proxy");
                return null;
            }

            await FillAsync();
        }

        return null;
    }

    private async ValueTask FillAsync()
    {
        using var limit = new CancellationTokenSource(_filter.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _sessionEnd);
        try
        {
            var count = await _stream.ReadAsync(_input.AsMemory(_end), both.Token);
            _end += count;
            if (count == 0)
            {
                Break("lost connection with proxy");
            }
        }
        catch (IOException)
        {
            Break("lost connection with proxy");
        }
        catch (OperationCanceledException) when (!_sessionEnd.IsCancellationRequested)
        {
            Break("timeout talking to proxy");
        }
    }

    private void Break(string problem)
    {
        if (!IsBroken)
        {
            IsBroken = true;
            _filter.Log.Warning($"{problem} {_filter.Destination}");
        }
    }

    private static string Clean(ReadOnlySpan<byte> line)
    {
        var text = Encoding.UTF8.GetString(line);
        return text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '?' : c)) : text;
    }
}
