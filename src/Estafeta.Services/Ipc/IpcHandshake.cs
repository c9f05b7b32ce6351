namespace Estafeta.Services.Ipc;

/// <summary>
/// The first exchange of each connection: the client names the protocol it speaks and its version, the server greets or closes.
/// After an upgrade, old and new processes never mistake each other's frames.
/// </summary>
public static class IpcHandshake
{
    /// <summary>Raise it when any frame of any protocol changes its layout.</summary>
    public const byte Version = 3;

    internal static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    internal static async ValueTask OpenAsync(IpcConnection connection, string protocol, CancellationToken cancellationToken)
    {
        connection.Out.BeginFrame(IpcFrame.Hello);
        connection.Out.Write(Version);
        connection.Out.Write(protocol);
        connection.Out.EndFrame();
        await connection.FlushAsync(cancellationToken);
        var welcome = await connection.ExpectAsync(IpcFrame.Welcome, cancellationToken);
        if (welcome.Payload.Length == 0 || welcome.Payload.Span[0] != Version)
        {
            throw new IpcProtocolException("the service runs another version");
        }

        connection.Greeting = welcome.Payload[1..].ToArray();
    }

    internal static async ValueTask AcceptAsync(
        IpcConnection connection, string protocol, ReadOnlyMemory<byte> greeting, CancellationToken cancellationToken)
    {
        var hello = await connection.ExpectAsync(IpcFrame.Hello, cancellationToken);
        Check(hello.Payload, protocol);
        connection.Out.BeginFrame(IpcFrame.Welcome);
        connection.Out.Write(Version);
        connection.Out.WriteRaw(greeting.Span);
        connection.Out.EndFrame();
        await connection.FlushAsync(cancellationToken);
    }

    private static void Check(ReadOnlyMemory<byte> hello, string protocol)
    {
        var reader = new WireReader(hello);
        var version = reader.ReadByte();
        var spoken = reader.ReadString();
        if (version != Version || spoken != protocol)
        {
            throw new IpcProtocolException($"client speaks {spoken} version {version}, this is {protocol} version {Version}");
        }
    }
}
