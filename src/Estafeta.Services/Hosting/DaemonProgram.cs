namespace Estafeta.Services.Hosting;

/// <summary>A daemon as the executable knows it.</summary>
/// <param name="Name">Eighth column of master.cf: <c>smtpd</c>.</param>
/// <param name="Create">
/// Makes the daemon. Called before chroot and before root is given up: here it opens what only root can read (keys, tables,
/// log files); it is disposed at the end of the process. A <see cref="Estafeta.Configuration.ConfigurationException"/> ends the process with its message.
/// </param>
public sealed record DaemonProgram(string Name, Func<ServiceContext, IDaemon> Create)
{
    /// <summary>Runs as long as master: no listening sockets of its own, no end by max_idle or max_use. The queue process.</summary>
    public bool IsResident { get; init; }

    /// <summary>
    /// One process for all clients, which max_idle and max_use do not end: postscreen, whose limit of 1 process would make max_use a hundred clients.
    /// </summary>
    public bool IsLasting { get; init; }

    /// <summary>Starts programs of others, which inherit how the process is scheduled: it keeps to the kernel's default (<see cref="Estafeta.Unix.Processes.LoadScheduling"/>).</summary>
    public bool RunsCommands { get; init; }

    /// <summary>Without master, for <c>-S</c>: <c>sendmail -bs</c> runs smtpd on its standard input. The result is the exit status.</summary>
    public Func<ServiceContext, Task<int>>? StandAlone { get; init; }
}
