using Estafeta.Services.Delivery;
using Estafeta.Unix.Files;

namespace Estafeta.Services.Mailboxes;

/// <summary>
/// The content of a delivery request for reading several times, possibly on a thread that has another identity: a body file is opened here,
/// while we may, and read by offset.
/// </summary>
public sealed class MessageSource : IDisposable
{
    private readonly DurableFile? _file;

    private MessageSource(ReadOnlyMemory<byte> head, ReadOnlyMemory<byte> body, DurableFile? file, long bodyOctets)
    {
        Head = head;
        Body = body;
        _file = file;
        Octets = head.Length + bodyOctets;
    }

    public ReadOnlyMemory<byte> Head { get; }

    /// <summary>Empty when the body is a file.</summary>
    public ReadOnlyMemory<byte> Body { get; }

    public long Octets { get; }

    public bool HasFile => _file != null;

    /// <summary>Throws <see cref="IOException"/> when the body file cannot be opened.</summary>
    public static MessageSource Open(DeliveryRequest request) => new(
        request.Head,
        request.Body,
        request.BodyPath == null ? null : DurableFile.Open(request.BodyPath, OpenFlags.ReadOnly),
        request.BodyOctets);

    public int ReadFile(Span<byte> buffer, long offset) => _file?.Read(buffer, offset) ?? 0;

    public void Dispose() => _file?.Dispose();
}
