using Estafeta.Services.Hosting;
using Estafeta.Unix.Processes;
using Estafeta.Unix.Sockets;

namespace Estafeta.Master;

/// <summary>A running child of master and its control channel.</summary>
internal sealed class ServiceProcess : IDisposable
{
    private readonly ChildProcess _child;
    private readonly MessageSocket _control;
    private bool _controlEnded;

    private ServiceProcess(ChildProcess child, MessageSocket control, string program)
    {
        _child = child;
        _control = control;
        Program = program;
    }

    public int Pid => _child.Pid;

    /// <summary>As the log calls it, whatever file is executed: <c>$daemon_directory/smtpd</c>.</summary>
    public string Program { get; }

    /// <summary>It said that it started well.</summary>
    public bool IsReady { get; set; }

    /// <summary>It was told to end: its end is no news.</summary>
    public bool IsToldToEnd { get; private set; }

    public int ExitDescriptor => (int)_child.Descriptor.DangerousGetHandle();

    /// <summary>-1 once the child has closed its end.</summary>
    public int ControlDescriptor => _controlEnded ? -1 : _control.Descriptor;

    /// <param name="program">What the log calls it.</param>
    /// <param name="path">The file to execute.</param>
    /// <param name="arguments">argv.</param>
    /// <param name="environment">All of it.</param>
    /// <param name="listeners">Descriptors of the listening sockets.</param>
    /// <param name="withOutput">Gives the child our standard output and error: postlogd with maillog_file = /dev/stdout.</param>
    /// <param name="confined">The child can gain no privileges by what it executes.</param>
    public static ServiceProcess Start(
        string program, string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, IEnumerable<int> listeners, bool withOutput, bool confined)
    {
        var (ours, theirs) = SocketPair.CreateMessage();
        using (theirs)
        {
            try
            {
                var child = ChildProcess.Spawn(new SpawnRequest
                {
                    Path = path,
                    Arguments = arguments,
                    Environment = environment,
                    Descriptors = [-1, withOutput ? 1 : -1, 2, theirs.Descriptor, .. listeners],

                    // Ctrl-C in start-fg is master's to hear, which stops the others in order. And sessions are what the kernel shares processors
                    // between where no cgroups do (autogroup, sched(7)): in master's, the busiest daemon counts as little as the idlest.
                    NewSession = true,
                    GainsNoPrivileges = confined,
                });
                return new ServiceProcess(child, ours, program);
            }
            catch
            {
                ours.Dispose();
                throw;
            }
        }
    }

    /// <summary>The next message of the child; empty when it closed its end. Call when <see cref="ControlDescriptor"/> is readable.</summary>
    public ReadOnlySpan<byte> ReceiveControl(byte[] buffer)
    {
        var length = _control.Receive(buffer, []);
        _controlEnded = length == 0;
        return buffer.AsSpan(0, length);
    }

    /// <summary>Gives the queue process its services; false when it is dying.</summary>
    public bool SendServices(IEnumerable<(ServiceAssignment Assignment, IReadOnlyList<Listener> Listeners)> services)
    {
        foreach (var (assignment, listeners) in services)
        {
            int[] descriptors = [.. listeners.Select(l => l.Descriptor)];
            if (!_control.Send(assignment.ToMessage(), descriptors))
            {
                return false;
            }
        }

        return _control.Send([ControlMessage.Apply], []);
    }

    public bool TryReap(out ExitStatus status) => _child.TryReap(out status);

    /// <summary>Asks it to end, in the way of this signal.</summary>
    public void Tell(int signal)
    {
        IsToldToEnd = true;
        _child.Signal(signal);
    }

    public void Dispose()
    {
        _control.Dispose();
        _child.Dispose();
    }
}
