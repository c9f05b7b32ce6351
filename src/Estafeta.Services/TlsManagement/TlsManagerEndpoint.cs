using Estafeta.Net.TlsReporting;
using Estafeta.Services.Ipc;

namespace Estafeta.Services.TlsManagement;

/// <summary>The other end of <see cref="RemoteTlsManager"/>.</summary>
public sealed class TlsManagerEndpoint(ITlsManager manager)
{
    public const string Protocol = "tlsmgr";

    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var frame = await connection.ReceiveAsync(stopping);
            if (frame.IsClosed)
            {
                return;
            }

            // The answer is built when it is known: the frame is only valid until then.
            var write = await AnswerAsync(frame, stopping);
            connection.Out.BeginFrame(TlsManagerWire.Answer);
            write(connection.Out);
            connection.Out.EndFrame();
            await connection.FlushAsync(CancellationToken.None);
        }
    }

    private async ValueTask<Action<WireWriter>> AnswerAsync(IpcFrame frame, CancellationToken stopping)
    {
        switch (frame.Type)
        {
            case TlsManagerWire.GetTicketKeys:
                var keys = await manager.GetTicketKeysAsync(stopping);
                return to => TlsManagerWire.Write(to, keys);
            case TlsManagerWire.FindPolicy:
                var found = await manager.FindPolicyAsync(ReadDomain(frame.Payload), stopping);
                return to => TlsManagerWire.Write(to, found);
            case TlsManagerWire.RefreshPolicy:
                var fetched = await manager.RefreshPolicyAsync(ReadDomain(frame.Payload), stopping);
                return to => TlsManagerWire.Write(to, fetched);
            case TlsManagerWire.PurgePolicy:
                var existed = await manager.PurgePolicyAsync(ReadDomain(frame.Payload), stopping);
                return to => to.Write(existed);
            case TlsManagerWire.Report:
                await manager.ReportAsync(ReadOutcome(frame.Payload), stopping);
                return static _ => { };
            case TlsManagerWire.SendReports:
                var sent = await manager.SendReportsAsync(stopping);
                return to => to.Write((long)sent);
            default:
                throw new IpcProtocolException($"unexpected frame {frame.Type}");
        }
    }

    private static string ReadDomain(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return reader.ReadString();
    }

    private static TlsOutcome ReadOutcome(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return TlsManagerWire.ReadOutcome(ref reader);
    }
}
