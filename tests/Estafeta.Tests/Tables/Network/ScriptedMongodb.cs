using System.Buffers.Binary;

namespace Estafeta.Tests.Tables.Network;

/// <summary>
/// Just enough of a MongoDB server for look-ups: the greeting, and <c>find</c> commands answered by a function from the command's text to documents.
/// </summary>
internal static class ScriptedMongodb
{
    private const int OpReply = 1;
    private const int OpQuery = 2004;
    private const int OpMessage = 2013;

    public static ScriptedServer Start(Func<string, (string, object)[][]> find) => new(async (stream, token) =>
    {
        var header = new byte[16];
        while (await stream.ReadAtLeastAsync(header, header.Length, throwOnEndOfStream: false, token) == header.Length)
        {
            var body = new byte[BinaryPrimitives.ReadInt32LittleEndian(header) - header.Length];
            await stream.ReadExactlyAsync(body, token);
            var request = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
            if (BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12)) == OpQuery)
            {
                byte[] reply = [.. new byte[16], .. BitConverter.GetBytes(1), .. Bson.Write(Greeting)];
                await SendAsync(request, OpReply, reply);
                continue;
            }

            var command = Bson.Describe(body.AsSpan(5));
            var answer = command.StartsWith("{ find=", StringComparison.Ordinal) ? Answer(command) : Greeting;
            await SendAsync(request, OpMessage, [0, 0, 0, 0, 0, .. Bson.Write(answer)]);
        }

        async Task SendAsync(int request, int operation, byte[] payload)
        {
            byte[] head = [.. BitConverter.GetBytes(payload.Length + 16), .. BitConverter.GetBytes(7), .. BitConverter.GetBytes(request), .. BitConverter.GetBytes(operation)];
            await stream.WriteAsync((byte[])[.. head, .. payload], token);
        }

        (string, object)[] Answer(string command)
        {
            try
            {
                return [("cursor", new (string, object)[] { ("firstBatch", find(command)), ("id", 0L), ("ns", "mail.aliases") }), ("ok", 1.0)];
            }
            catch (InvalidOperationException e)
            {
                return [("ok", 0.0), ("errmsg", e.Message), ("code", 2), ("codeName", "BadValue")];
            }
        }
    });

    private static (string, object)[] Greeting =>
    [
        ("ismaster", true), ("isWritablePrimary", true), ("maxBsonObjectSize", 16777216), ("maxMessageSizeBytes", 48000000), ("maxWriteBatchSize", 100000),
        ("minWireVersion", 0), ("maxWireVersion", 13), ("readOnly", false), ("ok", 1.0),
    ];
}
