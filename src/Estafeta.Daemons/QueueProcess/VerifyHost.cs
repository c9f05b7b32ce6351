using Estafeta.Daemons.Verify;
using Estafeta.Mail.Dsn;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Verification;
using Estafeta.Tables;

namespace Estafeta.Daemons.QueueProcess;

/// <summary>
/// The verify entry of master.cf. Its cache stays open over reloads: the file of address_verify_map has one writer. Without an entry no
/// probes are sent, so none come back.
/// </summary>
internal sealed class VerifyHost(CurrentGeneration current) : IAddressVerifier, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _cleaning = [];
    private readonly List<TableSet> _tables = [];
    private volatile VerifyService? _service;
    private ProbeSenderAddress? _sender;

    /// <summary>Takes the settings of a new configuration.</summary>
    public void Configure(ServiceContext context, ProbeSenderAddress sender)
    {
        _sender = sender;
        var settings = VerifySettings.From(context.Parameters);
        if (_service is { } service && service.Settings.Map == settings.Map)
        {
            service.Settings = settings;
            return;
        }

        service = new VerifyService(settings, OpenStore(context, settings.Map), SendAsync, context.Log, context.Time);
        _service = service;
        _cleaning.Add(service.RunAsync(_stopping.Token));

        ValueTask SendAsync(string recipient, CancellationToken cancellationToken) => // _service is set before it can ask
            ProbeMessage.SendAsync(current, context.Time, _service!.Settings, _sender.At(context.Time.GetUtcNow()), recipient, cancellationToken);
    }

    public ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken) =>
        _service?.QueryAsync(address, cancellationToken) ?? throw new IOException("verify is not configured");

    /// <summary>The queue manager tells what became of a probe.</summary>
    public ValueTask ProbeFinishedAsync(string address, DeliveryStatus status, CancellationToken cancellationToken) =>
        _service?.ProbeFinishedAsync(address, status, cancellationToken) ?? ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_cleaning);
        foreach (var tables in _tables)
        {
            await tables.DisposeAsync();
        }

        _stopping.Dispose();
    }

    private IVerificationStore OpenStore(ServiceContext context, string map)
    {
        if (map.Length == 0)
        {
            return new MemoryVerificationStore();
        }

        var tables = new TableSet(context.Parameters) { Warn = context.Log.Warning, Inform = context.Log.Info, Time = context.Time };
        _tables.Add(tables);
        if (tables.Open(map, tables.DefaultFlags | TableFlags.Write) is IUpdatableTable table)
        {
            return new TableVerificationStore(table);
        }

        // As good as no cache that lasts; mail goes on.
        context.Log.Warning($"address_verify_map: {map} cannot be written to; addresses are remembered in memory only");
        return new MemoryVerificationStore();
    }
}
