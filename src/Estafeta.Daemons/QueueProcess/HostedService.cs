using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>An entry of master.cf that lives in the queue process, and its inherited sockets.</summary>
internal sealed record HostedService(ServiceAssignment Assignment, IReadOnlyList<ListeningSocket> Listeners)
{
    public string Name => Assignment.Name;

    public string Program => Assignment.Program;

    /// <summary>Its context: main.cf with its own -o options, its log under its own name.</summary>
    public ServiceContext CreateContext(ParameterSet mainCf, ServiceContext process)
    {
        var arguments = DaemonArguments.Parse(Program, Assignment.Arguments);
        var parameters = mainCf.With(arguments.Overrides).With(new ProcessIdentity(Program, Name));
        return process with
        {
            ServiceName = Name,
            ServiceType = Assignment.Type,
            ProgramName = Program,
            Parameters = parameters,
            Listeners = Listeners,
            ProcessLimit = Assignment.Limit,
            Arguments = arguments.Rest,
            Log = process.OpenLog!(parameters.Get(Parameters.SyslogName), Program), // a process always gives it
        };
    }
}
