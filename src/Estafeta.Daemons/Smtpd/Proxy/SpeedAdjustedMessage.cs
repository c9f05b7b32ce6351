namespace Estafeta.Daemons.Smtpd.Proxy;

/// <summary>A message that is received whole before the filter is asked: in memory as long as it is short, else in a file without a name.</summary>
internal sealed class SpeedAdjustedMessage(string directory) : IAsyncDisposable
{
    private const int MemoryOctets = 256 * 1024;
    private Stream _content = new MemoryStream();

    /// <summary>MAIL and RCPT, as they will be sent.</summary>
    public List<string> Commands { get; } = [];

    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        if (_content is MemoryStream memory && memory.Length + octets.Length > MemoryOctets)
        {
            var path = Path.Combine(directory, "proxy-" + Path.GetRandomFileName());
            var file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 64 * 1024, useAsync: true);
            File.Delete(path); // it goes with the last reference
            memory.Position = 0;
            await memory.CopyToAsync(file, cancellationToken);
            _content = file;
        }

        await _content.WriteAsync(octets, cancellationToken);
    }

    public async ValueTask SendAsync(ProxyConnection connection, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        _content.Position = 0;
        int count;
        while (!connection.IsBroken && (count = await _content.ReadAsync(buffer, cancellationToken)) > 0)
        {
            await connection.WriteAsync(buffer.AsMemory(0, count));
        }
    }

    public ValueTask DisposeAsync() => _content.DisposeAsync();
}
