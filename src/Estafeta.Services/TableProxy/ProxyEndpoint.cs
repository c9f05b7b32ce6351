using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.Text;

namespace Estafeta.Services.TableProxy;

/// <summary>The other end of <see cref="ProxyTable"/>: serves one connection of a program. Tables stay open for all programs.</summary>
/// <param name="tables">Of the proxymap process.</param>
/// <param name="approved">What proxy_read_maps or proxy_write_maps allows.</param>
/// <param name="isWriter">This is proxywrite.</param>
/// <param name="log">For requests that are refused.</param>
public sealed class ProxyEndpoint(TableSet tables, ApprovedTables approved, bool isWriter, IMailLog log)
{
    private const TableFlags ClientFlags = TableFlags.FoldKeys | TableFlags.Utf8 | TableFlags.NoSubstitution | TableFlags.ValueIsFile;
    private const int FlushOctets = 64 * 1024;

    /// <summary>Name both sides say when they connect.</summary>
    public const string Protocol = ProxyWire.Protocol;

    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (await connection.ReceiveAsync(stopping) is { IsClosed: false } frame)
        {
            if (frame.Type != ProxyWire.Request)
            {
                throw new IpcProtocolException($"unexpected frame {frame.Type}");
            }

            var request = Read(frame.Payload);
            var (status, text) = await AnswerAsync(request, connection, stopping);
            connection.Out.BeginFrame(ProxyWire.Answer);
            connection.Out.Write((byte)status);
            connection.Out.Write(RawText.Encode(text));
            connection.Out.EndFrame();
            await connection.FlushAsync(stopping);
        }
    }

    private async ValueTask<(ProxyStatus Status, string Text)> AnswerAsync(Asked asked, IpcConnection connection, CancellationToken cancellationToken)
    {
        if (!approved.Contains(asked.Table))
        {
            log.Warning($"request for unapproved table: \"{asked.Table}\"");
            log.Warning($"to approve this table for {(isWriter ? "read-write" : "read-only")} access, list proxy:{asked.Table} in main.cf:{approved.ParameterName}");
            return (ProxyStatus.Denied, "");
        }

        var table = tables.Open(asked.Table, (asked.Flags & ClientFlags) | (isWriter ? TableFlags.Write : TableFlags.None));
        switch (asked.Operation)
        {
            case ProxyOperation.Lookup:
                var result = await table.LookupAsync(asked.Key, cancellationToken);
                return (result.IsFound ? ProxyStatus.Found : result.IsTrouble ? ProxyStatus.Trouble : ProxyStatus.NotFound, result.Value ?? "");
            case ProxyOperation.Update when isWriter && table is IUpdatableTable updatable:
                return Done(await updatable.UpdateAsync(asked.Key, asked.Value, cancellationToken));
            case ProxyOperation.Delete when isWriter && table is IUpdatableTable updatable:
                return Done(await updatable.DeleteAsync(asked.Key, cancellationToken));
            case ProxyOperation.List when table is IListableTable listable:
                return await ListAsync(listable, connection, cancellationToken);
            default:
                return (ProxyStatus.Trouble, "operation is not supported");
        }
    }

    private static async ValueTask<(ProxyStatus Status, string Text)> ListAsync(IListableTable table, IpcConnection connection, CancellationToken cancellationToken)
    {
        var entries = table.ListAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var ending = entries;
        while (true)
        {
            try
            {
                if (!await entries.MoveNextAsync())
                {
                    return (ProxyStatus.NotFound, "");
                }
            }
            catch (IOException e)
            {
                return (ProxyStatus.Trouble, e.Message);
            }

            connection.Out.BeginFrame(ProxyWire.Entry);
            connection.Out.Write(RawText.Encode(entries.Current.Key));
            connection.Out.Write(RawText.Encode(entries.Current.Value));
            connection.Out.EndFrame();
            if (connection.Out.Length >= FlushOctets)
            {
                await connection.FlushAsync(cancellationToken);
            }
        }
    }

    private static (ProxyStatus Status, string Text) Done(bool isDone) => isDone ? (ProxyStatus.Found, "") : (ProxyStatus.Trouble, "update error");

    private static Asked Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        var operation = (ProxyOperation)reader.ReadByte();
        var flags = (TableFlags)reader.ReadInt32();
        var table = reader.ReadString();
        var key = RawText.Decode(reader.ReadBytes().Span);
        return new Asked(operation, flags, table, key, RawText.Decode(reader.ReadBytes().Span));
    }

    private readonly record struct Asked(ProxyOperation Operation, TableFlags Flags, string Table, string Key, string Value);
}
