using Estafeta.Configuration;
using Estafeta.Services.Logging;

namespace Estafeta.Services.Hosting;

/// <summary>What a daemon gets from its process: who it is, its configuration, its listening sockets, its log and the time.</summary>
public sealed record ServiceContext
{
    /// <summary>First column of master.cf: <c>smtp</c>, <c>127.0.0.1:2525</c>, <c>cleanup</c>.</summary>
    public required string ServiceName { get; init; }

    /// <summary>Second column: inet, unix, pass, unix-dgram.</summary>
    public required string ServiceType { get; init; }

    /// <summary>main.cf with the entry's -o options.</summary>
    public required ParameterSet Parameters { get; init; }

    /// <summary>Inherited listening sockets, in blocking mode; empty for services without one.</summary>
    public IReadOnlyList<ListeningSocket> Listeners { get; init; } = [];

    /// <summary>Sessions or deliveries at once; 0 is no limit.</summary>
    public int ProcessLimit { get; init; } = 100;

    public bool IsPrivileged { get; init; }

    /// <summary>Arguments of the entry that are not -o: the command line of pipe and spawn.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    public required IMailLog Log { get; init; }

    public required TimeProvider Time { get; init; }
}
