using Estafeta.Services.Ipc;

namespace Estafeta.Services.Verification;

/// <summary>The other end of <see cref="RemoteAddressVerifier"/>: one Query, one Answer.</summary>
public sealed class VerificationEndpoint(IAddressVerifier verifier)
{
    public const string Protocol = "verify";

    internal const byte Query = IpcFrame.FirstOwn;
    internal const byte Answer = IpcFrame.FirstOwn + 1;

    public async Task ServeAsync(IpcConnection connection, CancellationToken stopping)
    {
        while (true)
        {
            var frame = await connection.ReceiveAsync(stopping);
            if (frame.IsClosed)
            {
                return;
            }

            if (frame.Type != Query)
            {
                throw new IpcProtocolException($"unexpected frame {frame.Type}");
            }

            var answer = await verifier.QueryAsync(ReadAddress(frame.Payload), CancellationToken.None);
            connection.Out.BeginFrame(Answer);
            connection.Out.Write((byte)answer.Outcome);
            connection.Out.Write(answer.Text);
            connection.Out.EndFrame();
            await connection.FlushAsync(CancellationToken.None);
        }
    }

    private static string ReadAddress(ReadOnlyMemory<byte> payload)
    {
        var reader = new WireReader(payload);
        return reader.ReadString();
    }
}
