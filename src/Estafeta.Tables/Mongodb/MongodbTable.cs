using Estafeta.Tables.Sources;
using Estafeta.Tables.Text;

namespace Estafeta.Tables.Mongodb;

/// <summary>
/// <c>mongodb:/file</c>, mongodb_table(5) of Postfix 3.9, through MongoDB's own C driver as in Postfix: URIs, replica sets, TLS and passwords mean the same.
/// The driver blocks, so it runs on a few threads of its own.
/// </summary>
internal sealed class MongodbTable : LookupTable
{
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(60);
    private static readonly Lock DriverLock = new();
    private static bool _isDriverReady;

    private readonly MongodbSettings _settings;
    private readonly BackEndWorkers _workers;

    private MongodbTable(TableRequest request, MongodbSettings settings)
        : base(request)
    {
        _settings = settings;
        _workers = new BackEndWorkers(() => new MongodbConversation(request, settings), settings.Connections, IdleInterval);
    }

    public static ILookupTable Open(TableRequest request)
    {
        ClientLibrary.Require(MongodbLibrary.Name, request);
        lock (DriverLock)
        {
            if (!_isDriverReady)
            {
                MongodbLibrary.Initialize();
                MongodbLibrary.SetLogHandler(0, 0);
                _isDriverReady = true;
            }
        }

        return new MongodbTable(request, MongodbSettings.Load(TableParameters.Load(request), request));
    }

    public override async ValueTask DisposeAsync()
    {
        await _workers.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override async ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken)
    {
        // JSON is UTF-8: no document can hold other keys.
        if (!RawText.IsUtf8(key))
        {
            return LookupResult.NotFound;
        }

        var admitted = await _settings.Answers.AdmitAsync(key, cancellationToken);
        return admitted.IsFound ? await _workers.RunAsync(key, cancellationToken) : admitted;
    }
}
