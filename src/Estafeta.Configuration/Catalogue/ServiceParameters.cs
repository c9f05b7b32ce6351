namespace Estafeta.Configuration.Catalogue;

/// <summary>
/// The parameters that a master.cf entry brings with it: <c>&lt;service&gt;_time_limit</c> for programs that run others,
/// <c>&lt;service&gt;_destination_concurrency_limit</c> and its kin for delivery agents.
/// </summary>
public static class ServiceParameters
{
    private static readonly TransportParameter[] Agents =
        [.. Parameters.All.OfType<TransportParameter>().Where(p => p != Parameters.TransportTimeLimit)];

    private static readonly TransportParameter[] PipeAgent = [.. Agents, Parameters.TransportTimeLimit];

    private static readonly TransportParameter[] Spawner = [Parameters.TransportTimeLimit];

    /// <param name="command">The program as master.cf writes it; only Postfix's own names have such parameters.</param>
    public static IReadOnlyList<TransportParameter> For(string command) => command switch
    {
        "error" or "lmtp" or "local" or "smtp" or "virtual" => Agents,
        "pipe" => PipeAgent,
        "spawn" => Spawner,
        _ => [],
    };
}
