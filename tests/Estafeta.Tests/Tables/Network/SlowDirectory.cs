namespace Estafeta.Tests.Tables.Network;

/// <summary>
/// Just enough of an LDAP server (RFC 4511) for look-ups: accepts every bind and answers each search after a while with one entry whose
/// <c>mail</c> is the filter's value. Searches of one connection run at once.
/// </summary>
internal static class SlowDirectory
{
    private const byte Bind = 0x60;
    private const byte Search = 0x63;

    public static ScriptedServer Start(TimeSpan delay) => new(async (stream, token) =>
    {
        using var writing = new SemaphoreSlim(1);
        var answers = new List<Task>();
        while (await ReadMessageAsync(stream, token) is { } message)
        {
            var id = message.AsSpan(0, 2 + message[1]).ToArray();
            var operation = message[id.Length];
            if (operation == Bind)
            {
                await SendAsync(Envelope(id, Tag(0x61, [0x0a, 1, 0, 4, 0, 4, 0])));
            }
            else if (operation == Search)
            {
                answers.Add(AnswerAsync(id, FilterValue(message)));
            }
        }

        await Task.WhenAll(answers);

        async Task AnswerAsync(byte[] id, byte[] value)
        {
            await Task.Delay(delay, token);
            var attribute = Tag(0x30, [.. Tag(4, "mail"u8), .. Tag(0x31, Tag(4, value))]);
            var entry = Tag(0x64, [.. Tag(4, "cn=x"u8), .. Tag(0x30, attribute)]);
            await SendAsync([.. Envelope(id, entry), .. Envelope(id, Tag(0x65, [0x0a, 1, 0, 4, 0, 4, 0]))]);
        }

        async Task SendAsync(byte[] octets)
        {
            await writing.WaitAsync(token);
            await stream.WriteAsync(octets, token);
            writing.Release();
        }
    });

    private static byte[] Envelope(byte[] id, byte[] operation) => Tag(0x30, [.. id, .. operation]);

    private static byte[] Tag(byte tag, ReadOnlySpan<byte> content) => content.Length < 128
        ? [tag, (byte)content.Length, .. content]
        : [tag, 0x82, (byte)(content.Length >> 8), (byte)content.Length, .. content];

    // The filter (uid=value) is an equality match, 0xa3, of two octet strings.
    private static byte[] FilterValue(byte[] message)
    {
        var name = message.AsSpan().IndexOf("\x04\x03uid\x04"u8);
        return message.AsSpan(name + 7, message[name + 6]).ToArray();
    }

    private static async Task<byte[]?> ReadMessageAsync(Stream stream, CancellationToken token)
    {
        var head = new byte[2];
        if (await stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, token) < 2)
        {
            return null;
        }

        var length = (int)head[1];
        if (length > 128)
        {
            var more = new byte[length - 128];
            await stream.ReadExactlyAsync(more, token);
            length = more.Aggregate(0, static (sum, octet) => (sum << 8) | octet);
        }

        var message = new byte[length];
        await stream.ReadExactlyAsync(message, token);
        return message;
    }
}
