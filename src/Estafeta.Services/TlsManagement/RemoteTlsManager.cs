using Estafeta.Net.MtaSts;
using Estafeta.Net.Tls.Server;
using Estafeta.Net.TlsReporting;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.TlsManagement;

/// <summary>tlsmgr in another process. Trouble is an <see cref="IOException"/>.</summary>
/// <param name="socketPath">Relative to the queue directory: <c>private/tlsmgr</c>.</param>
public sealed class RemoteTlsManager(string socketPath, TimeProvider time) : ITlsManager, IAsyncDisposable
{
    private readonly IpcPool _pool = new(socketPath, TlsManagerEndpoint.Protocol, time);

    private delegate T Reader<T>(ref WireReader from);

    public ValueTask<IReadOnlyList<TicketKey>> GetTicketKeysAsync(CancellationToken cancellationToken) =>
        AskAsync(TlsManagerWire.GetTicketKeys, static _ => { }, TlsManagerWire.ReadKeys, cancellationToken);

    public ValueTask<StsFinding> FindPolicyAsync(string domain, CancellationToken cancellationToken) =>
        AskAsync(TlsManagerWire.FindPolicy, to => to.Write(domain), TlsManagerWire.ReadFinding, cancellationToken);

    public ValueTask<StsFinding> RefreshPolicyAsync(string domain, CancellationToken cancellationToken) =>
        AskAsync(TlsManagerWire.RefreshPolicy, to => to.Write(domain), TlsManagerWire.ReadFinding, cancellationToken);

    public ValueTask<bool> PurgePolicyAsync(string domain, CancellationToken cancellationToken) =>
        AskAsync(TlsManagerWire.PurgePolicy, to => to.Write(domain), static (ref from) => from.ReadBoolean(), cancellationToken);

    public async ValueTask ReportAsync(TlsOutcome outcome, CancellationToken cancellationToken) =>
        await AskAsync(TlsManagerWire.Report, to => TlsManagerWire.Write(to, outcome), static (ref _) => true, cancellationToken);

    public ValueTask<int> SendReportsAsync(CancellationToken cancellationToken) =>
        AskAsync(TlsManagerWire.SendReports, static _ => { }, static (ref from) => from.ReadInt32(), cancellationToken);

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private async ValueTask<T> AskAsync<T>(byte question, Action<WireWriter> write, Reader<T> read, CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        try
        {
            connection.Out.BeginFrame(question);
            write(connection.Out);
            connection.Out.EndFrame();
            await connection.FlushAsync(cancellationToken);
            var frame = await connection.ExpectAsync(TlsManagerWire.Answer, cancellationToken);
            var answer = Read(frame.Payload, read);
            await _pool.ReturnAsync(connection);
            return answer;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static T Read<T>(ReadOnlyMemory<byte> payload, Reader<T> read)
    {
        var reader = new WireReader(payload);
        return read(ref reader);
    }
}
