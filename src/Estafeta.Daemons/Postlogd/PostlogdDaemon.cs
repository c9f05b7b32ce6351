using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Unix;

namespace Estafeta.Daemons.Postlogd;

/// <summary>
/// postlogd(8): writes maillog_file with the lines that come to its socket as datagrams. The file is opened before root is given up;
/// a reload starts a new postlogd, which opens it anew (log rotation). One write(2) for all lines of some ten milliseconds.
/// Parameters: maillog_file, maillog_file_permissions.
/// </summary>
public sealed class PostlogdDaemon : IDaemon, IDisposable, IAsyncDisposable
{
    private const int LargestDatagram = 256 * 1024;

    /// <summary>
    /// How long a line waits for earlier ones of other processes: beside the time that they are kept there for company, what a process of a
    /// busy machine may wait for a processor. Analysers count a message only when its lines are in order.
    /// </summary>
    private static readonly TimeSpan Patience = PostlogSink.Company + TimeSpan.FromMilliseconds(90);

    private static readonly TimeSpan Window = Patience / 4;
    private readonly LogFile _file;
    private readonly LineSorter _sorter = new();
    private readonly byte[] _buffer = new byte[LargestDatagram];
    private bool _fileFailed;

    public PostlogdDaemon(ServiceContext context)
    {
        var path = LogSinkOptions.From(context.Parameters, context.Time).MaillogFile;
        if (path.Length == 0)
        {
            throw new ConfigurationException($"{Parameters.MaillogFile.Name} is empty, nothing to write");
        }

        _file = LogFile.Open(path, LogFile.Mode(context.Parameters));
    }

    public async Task RunAsync(ServiceContext context, CancellationToken stopping)
    {
        var socket = context.Listeners[0].Socket;
        var latest = DateTimeOffset.MinValue;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                if (_sorter.IsEmpty)
                {
                    Add(context, await socket.ReceiveAsync(_buffer, SocketFlags.None, stopping));
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }

            await Task.Delay(Window, context.Time, CancellationToken.None);
            await ReceiveAllAsync(context, socket);
            var now = context.Time.GetUtcNow();
            Write(now < latest ? long.MaxValue : (now - Patience).UtcTicks); // a clock that was set back must not hold lines
            latest = now;
        }

        await ReceiveAllAsync(context, socket);
        Write(long.MaxValue);
    }

    public void Dispose() => _file.Dispose();

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask ReceiveAllAsync(ServiceContext context, Socket socket)
    {
        while (socket.Available > 0)
        {
            Add(context, await socket.ReceiveAsync(_buffer, SocketFlags.None, CancellationToken.None));
        }
    }

    private void Add(ServiceContext context, int length)
    {
        context.Activity.Begin();
        _sorter.Add(_buffer.AsSpan(0, length), context.Time.GetUtcNow().UtcTicks);
        context.Activity.End();
    }

    private void Write(long untilTicks)
    {
        _sorter.Take(untilTicks, _file);
        try
        {
            _file.Flush();
            _fileFailed = false;
        }
        catch (UnixException e)
        {
            // A full disk must not stop the mail; there is no other log to say so than standard error.
            if (!_fileFailed)
            {
                new StandardErrorLog("postlogd").Error(e.Message);
            }

            _fileFailed = true;
        }
    }
}
