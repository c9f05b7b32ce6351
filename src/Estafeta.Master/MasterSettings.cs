using Estafeta.Configuration;
using Estafeta.Configuration.Interfaces;
using Estafeta.Configuration.Lists;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Identity;
using Names = Estafeta.Configuration.Catalogue.Parameters;

namespace Estafeta.Master;

/// <summary>What master reads of main.cf.</summary>
internal sealed record MasterSettings
{
    public required ParameterSet Parameters { get; init; }

    public required string QueueDirectory { get; init; }

    public required string DataDirectory { get; init; }

    public required string DaemonDirectory { get; init; }

    public required MasterPidFile PidFile { get; init; }

    /// <summary>Null as an ordinary user: everything runs as that one.</summary>
    public required MailOwner? MailOwner { get; init; }

    public required TimeSpan ServiceThrottleTime { get; init; }

    public required int ForkAttempts { get; init; }

    public required TimeSpan ForkDelay { get; init; }

    public required int DefaultProcessLimit { get; init; }

    public required TimeSpan StopTime { get; init; }

    public required IReadOnlyList<string> InetInterfaces { get; init; }

    public required InetProtocols InetProtocols { get; init; }

    public required IReadOnlyList<(string Name, string? Value)> ImportEnvironment { get; init; }

    public required IReadOnlyList<string> DisabledServices { get; init; }

    public required TcpServices Services { get; init; }

    public required int TcpWindow { get; init; }

    public required string Version { get; init; }

    public static MasterSettings From(ParameterSet parameters) => new()
    {
        Parameters = parameters,
        QueueDirectory = parameters.Get(Names.QueueDirectory),
        DataDirectory = parameters.Get(Names.DataDirectory),
        DaemonDirectory = parameters.Get(Names.DaemonDirectory),
        PidFile = MasterPidFile.Of(parameters),
        MailOwner = Privileges.IsRoot ? MailOwner.Of(parameters) : null,
        ServiceThrottleTime = parameters.Get(Names.ServiceThrottleTime),
        ForkAttempts = parameters.Get(Names.ForkAttempts),
        ForkDelay = parameters.Get(Names.ForkDelay),
        DefaultProcessLimit = parameters.Get(Names.DefaultProcessLimit),
        StopTime = parameters.Get(Names.EstafetaStopTime),
        InetInterfaces = Words(parameters.Get(Names.InetInterfaces)),
        InetProtocols = InetProtocols.Parse(parameters.Get(Names.InetProtocols)),
        ImportEnvironment = [.. EnvironmentList.Parse(parameters.Get(Names.ImportEnvironment))],
        DisabledServices = Words(parameters.Get(Names.MasterServiceDisable)),
        Services = TcpServices.Load(parameters),
        TcpWindow = parameters.Get(Names.TcpWindowsize),
        Version = parameters.Get(Names.MailVersion),
    };

    private static List<string> Words(string list) => WordList.Split(list);
}
