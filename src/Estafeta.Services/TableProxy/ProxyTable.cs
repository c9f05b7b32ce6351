using System.Runtime.CompilerServices;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Ipc;
using Estafeta.Tables;
using Estafeta.Tables.Text;

namespace Estafeta.Services.TableProxy;

/// <summary>
/// <c>proxy:type:name</c>: the table is open in the proxymap process, or in proxywrite when this program writes to it; proxymap(8). A program that must
/// trust the answer opens the table itself, as in Postfix: proxymap runs without privileges.
/// </summary>
public sealed class ProxyTable : LookupTable, IUpdatableTable
{
    private readonly IpcPool _pool;
    private readonly bool _hasFixedKeys;

    private ProxyTable(TableRequest request)
        : base(request)
    {
        var parameters = request.Tables.Parameters;
        var service = parameters.Get(request.Has(TableFlags.Write) ? Parameters.ProxywriteServiceName : Parameters.ProxymapServiceName);
        var socket = Path.Combine("private", service);
        // Daemons are in the queue directory, perhaps in a jail where there is no other path; commands are not.
        _pool = new IpcPool(File.Exists(socket) ? socket : Path.Combine(parameters.Get(Parameters.QueueDirectory), socket), ProxyWire.Protocol, request.Tables.Time);
        _hasFixedKeys = TableTypes.HasFixedKeys(request.Source);
    }

    public override bool HasFixedKeys => _hasFixedKeys;

    public static ILookupTable Open(TableRequest request) => request.Has(TableFlags.NoUntrusted)
        ? request.Tables.Open(request.Source, request.Flags)
        : new ProxyTable(request);

    public override async ValueTask DisposeAsync()
    {
        await _pool.DisposeAsync();
        await base.DisposeAsync();
    }

    public async ValueTask<bool> UpdateAsync(string key, string value, CancellationToken cancellationToken) =>
        (await AskAsync(ProxyOperation.Update, key, value, cancellationToken)).Outcome != LookupOutcome.Trouble;

    public async ValueTask<bool> DeleteAsync(string key, CancellationToken cancellationToken) =>
        (await AskAsync(ProxyOperation.Delete, key, "", cancellationToken)).Outcome != LookupOutcome.Trouble;

    public async IAsyncEnumerable<KeyValuePair<string, string>> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        await using var closing = connection;
        await SendAsync(connection, ProxyOperation.List, "", "", cancellationToken);
        IpcFrame frame;
        while ((frame = await connection.ReceiveAsync(cancellationToken)) is { IsClosed: false, Type: ProxyWire.Entry })
        {
            yield return ReadEntry(frame.Payload);
        }

        // The answer at the end says whether that was all.
        if (frame is not { IsClosed: false, Type: ProxyWire.Answer } || ReadAnswer(frame.Payload) is not { Outcome: LookupOutcome.NotFound })
        {
            throw new IOException($"{Name}: the list ended in trouble");
        }
    }

    protected override ValueTask<LookupResult> FindAsync(string key, CancellationToken cancellationToken) =>
        AskAsync(ProxyOperation.Lookup, key, "", cancellationToken);

    private async ValueTask<LookupResult> AskAsync(ProxyOperation operation, string key, string value, CancellationToken cancellationToken)
    {
        try
        {
            var connection = await _pool.RentAsync(cancellationToken);
            try
            {
                await SendAsync(connection, operation, key, value, cancellationToken);
                var answer = await connection.ExpectAsync(ProxyWire.Answer, cancellationToken);
                var result = ReadAnswer(answer.Payload);
                await _pool.ReturnAsync(connection);
                return result;
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
        catch (IOException e)
        {
            return Trouble(e.Message);
        }
    }

    private async ValueTask SendAsync(IpcConnection connection, ProxyOperation operation, string key, string value, CancellationToken cancellationToken)
    {
        connection.Out.BeginFrame(ProxyWire.Request);
        connection.Out.Write((byte)operation);
        connection.Out.Write((long)(Request.Flags & ~TableFlags.Snapshot));
        connection.Out.Write(Request.Source);
        connection.Out.Write(RawText.Encode(key));
        connection.Out.Write(RawText.Encode(value));
        connection.Out.EndFrame();
        await connection.FlushAsync(cancellationToken);
    }

    private LookupResult ReadAnswer(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var status = (ProxyStatus)reader.ReadByte();
        var text = RawText.Decode(reader.ReadBytes().Span);
        return status switch
        {
            ProxyStatus.Found => LookupResult.Found(text),
            ProxyStatus.NotFound => LookupResult.NotFound,
            ProxyStatus.Denied => Trouble($"{_pool.SocketPath} service is not configured for table \"{Request.Source}\""),
            _ => LookupResult.Trouble(text),
        };
    }

    private static KeyValuePair<string, string> ReadEntry(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var key = RawText.Decode(reader.ReadBytes().Span);
        return new(key, RawText.Decode(reader.ReadBytes().Span));
    }
}
