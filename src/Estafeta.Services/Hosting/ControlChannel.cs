using System.Net.Sockets;
using System.Text;
using Estafeta.Unix.Sockets;

namespace Estafeta.Services.Hosting;

/// <summary>The child's end of the channel to master (<see cref="ControlMessage"/>). Sending never throws: without master there is nobody to tell.</summary>
public sealed class ControlChannel : IDisposable
{
    private const int MaxMessage = 128 * 1024;
    private readonly Socket _socket;
    private readonly MessageSocket _messages;
    private readonly byte[] _buffer = new byte[1];

    private ControlChannel(int descriptor)
    {
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: false));
        _messages = MessageSocket.Adopt(descriptor);
    }

    /// <summary>Takes over the inherited channel; null when this process was not started by master.</summary>
    public static ControlChannel? OpenInherited()
    {
        try
        {
            var target = File.ResolveLinkTarget($"/proc/self/fd/{ControlMessage.Descriptor}", returnFinalTarget: false);
            return target?.Name.StartsWith("socket:", StringComparison.Ordinal) == true ? new ControlChannel(ControlMessage.Descriptor) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    public void Ready() => _messages.Send([ControlMessage.Ready], []);

    public void Draining() => _messages.Send([ControlMessage.Draining], []);

    public void Busy(string service) => _messages.Send([ControlMessage.Busy, .. Encoding.UTF8.GetBytes(service)], []);

    /// <summary>The next message of master with its descriptors; null when master is gone.</summary>
    public async ValueTask<(byte[] Octets, List<int> Descriptors)?> ReceiveAsync(CancellationToken cancellationToken)
    {
        // .NET waits, our own recvmsg takes the message: .NET cannot receive descriptors.
        try
        {
            await _socket.ReceiveAsync(_buffer, SocketFlags.Peek, cancellationToken);
        }
        catch (SocketException)
        {
            return null;
        }

        var descriptors = new List<int>();
        var octets = new byte[MaxMessage];
        var length = _messages.Receive(octets, descriptors);
        return length == 0 ? null : (octets[..length], descriptors);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _messages.Dispose();
    }
}
