using Estafeta.Services.Ipc;

namespace Estafeta.Services.Verification;

/// <summary>The verify service in another process. Trouble is an <see cref="IOException"/>: the client is told 450, never a verdict.</summary>
public sealed class RemoteAddressVerifier(string socketPath, TimeProvider time) : IAddressVerifier, IAsyncDisposable
{
    private readonly IpcPool _pool = new(socketPath, VerificationEndpoint.Protocol, time);

    public async ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken)
    {
        var connection = await _pool.RentAsync(cancellationToken);
        try
        {
            connection.Out.BeginFrame(VerificationEndpoint.Query);
            connection.Out.Write(address);
            connection.Out.EndFrame();
            await connection.FlushAsync(cancellationToken);
            var frame = await connection.ExpectAsync(VerificationEndpoint.Answer, cancellationToken);
            var answer = Read(frame.Payload);
            await _pool.ReturnAsync(connection);
            return answer;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => _pool.DisposeAsync();

    private static VerificationAnswer Read(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return new VerificationAnswer((VerificationOutcome)reader.ReadByte(), reader.ReadString());
    }
}
