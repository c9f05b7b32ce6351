namespace Estafeta.Master;

/// <summary>
/// Which file is executed for a command of master.cf. Our own daemons are this very executable under another name, wherever daemon_directory
/// points: the one of an installed Postfix is not searched for them. Other commands are looked for there.
/// </summary>
/// <param name="executable">Our executable.</param>
/// <param name="isOurs">Whether it has a daemon of this name.</param>
/// <param name="runsCommands">Whether this daemon of ours starts programs of others.</param>
public sealed class ProgramLocator(string executable, Func<string, bool> isOurs, Func<string, bool> runsCommands)
{
    public string Executable => executable;

    public string Find(string command, string daemonDirectory) =>
        isOurs(command) ? executable : Path.Combine(daemonDirectory, command);

    /// <summary>The process starts nothing that may need privileges of its own (set-uid programs), so it can do without the possibility.</summary>
    public bool NeedsNoNewPrivileges(string command) => isOurs(command) && !runsCommands(command);
}
