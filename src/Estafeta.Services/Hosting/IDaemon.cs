namespace Estafeta.Services.Hosting;

/// <summary>
/// A service of master.cf, hosted by a process: smtpd, smtp, qmgr… Runs until stopped; returns when its work is done. Its constructor opens what
/// needs root (see <see cref="DaemonProgram"/>); it may be <see cref="IAsyncDisposable"/>.
/// </summary>
public interface IDaemon
{
    /// <param name="stopping">Take no new work, finish what is in hand, return.</param>
    Task RunAsync(ServiceContext context, CancellationToken stopping);
}
