using Estafeta.Configuration;
using Estafeta.Mail.Envelopes;
using Estafeta.Services.Cleaning;

namespace Estafeta.Daemons.Cleanup;

/// <summary>
/// cleanup(8): brings every message into its final form, gives it to the store, and, once it is durable, to the queue manager.
/// One object for all cleanup entries of master.cf; a transaction says which entry it is for.
/// </summary>
public sealed class CleanupService : ICleanup
{
    private readonly IReadOnlyDictionary<string, CleanupConfiguration> _configurations;
    private readonly CleanupExits _exits;
    private readonly QueueNumbers _numbers;

    /// <param name="configurations">By service name; one must be called <c>cleanup</c>.</param>
    public CleanupService(IReadOnlyDictionary<string, CleanupConfiguration> configurations, CleanupExits exits, QueueNumbers numbers)
    {
        _configurations = configurations;
        _exits = exits;
        _numbers = numbers;
    }

    /// <summary>in_flow_delay of the entry of this name.</summary>
    public TimeSpan InFlowDelayOf(string service) =>
        _configurations.TryGetValue(service, out var configuration) ? configuration.Settings.InFlowDelay : TimeSpan.Zero;

    public ValueTask<CleanupTransaction> BeginAsync(CleanupRequest request, CancellationToken cancellationToken)
    {
        if (!_configurations.TryGetValue(request.Service, out var configuration))
        {
            throw new ConfigurationException($"no cleanup service named {request.Service} in master.cf");
        }

        var id = request.QueueId ?? QueueId.Create(_exits.Time.GetUtcNow(), _numbers.Next(), configuration.Settings.EnableLongQueueIds);
        return new ValueTask<CleanupTransaction>(new CleanupMessage(configuration, request, id, _exits));
    }
}
