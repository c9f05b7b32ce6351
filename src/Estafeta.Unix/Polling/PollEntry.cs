using System.Runtime.InteropServices;

namespace Estafeta.Unix.Polling;

/// <summary>struct pollfd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct PollEntry
{
    private const short In = 1;
    private const short Out = 4;

    private readonly int _descriptor;
    private readonly short _wanted;
    private readonly short _ready;

    private PollEntry(int descriptor, short wanted)
    {
        _descriptor = descriptor;
        _wanted = wanted;
    }

    /// <summary>Something happened: data, an end, or an error that the next call on the descriptor will tell.</summary>
    public readonly bool IsReady => _ready != 0;

    public readonly int Descriptor => _descriptor;

    public static PollEntry Readable(int descriptor) => new(descriptor, In);

    public static PollEntry Writable(int descriptor) => new(descriptor, Out);
}
