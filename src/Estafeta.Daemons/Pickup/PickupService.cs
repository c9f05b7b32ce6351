using System.Threading.Channels;
using Estafeta.Services.Cleaning;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Pickup;

/// <summary>
/// pickup(8): feeds the files of the maildrop directory to cleanup, some at a time so that they share the store's group commits. Looks when
/// it starts, when postdrop says that there is something, and when master's timer says so.
/// </summary>
public sealed class PickupService
{
    private const int AtOnce = 16;
    private readonly MaildropCollector _collector;
    private readonly string _directory;
    private readonly IMailLog _log;
    private readonly Channel<bool> _triggers = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public PickupService(PickupSettings settings, ICleanup cleanup, IMailLog log, TimeProvider time)
    {
        _collector = new MaildropCollector(settings, cleanup, log, time);
        _directory = settings.Directory;
        _log = log;
        Trigger();
    }

    /// <summary>There may be new mail. Returns at once; thread-safe.</summary>
    public void Trigger() => _triggers.Writer.TryWrite(true);

    /// <param name="stopping">Files not yet begun are left for the next start.</param>
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            while (await _triggers.Reader.WaitToReadAsync(stopping))
            {
                _triggers.Reader.TryRead(out _);
                await ScanAsync(stopping);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What has begun is done.
        }
    }

    /// <summary>One look at the directory: everything in it that can be taken is taken.</summary>
    public async Task ScanAsync(CancellationToken stopping)
    {
        IEnumerable<string> names;
        try
        {
            names = Directory.EnumerateFiles(_directory).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal).ToList();
        }
        catch (IOException e)
        {
            _log.Warning($"scan directory {_directory}: {e.Message}");
            return;
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stopping };
        await Parallel.ForEachAsync(names, options, (name, _) => _collector.CollectAsync(name));
    }
}
