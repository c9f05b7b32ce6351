using System.Text;

namespace Estafeta.Services.Hosting;

/// <summary>One master.cf entry as master gives it to the queue process; its listening sockets travel beside it.</summary>
public sealed record ServiceAssignment
{
    public required string Name { get; init; }

    public required string Type { get; init; }

    /// <summary>The program: <c>cleanup</c>.</summary>
    public required string Program { get; init; }

    /// <summary>Process limit; 0 is none.</summary>
    public int Limit { get; init; }

    /// <summary>Its command line as a daemon would get it: -n, -t, -o …</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The message: the type octet, then texts that end in NUL.</summary>
    public byte[] ToMessage()
    {
        var texts = new List<string> { Name, Type, Program, Limit.ToString(System.Globalization.CultureInfo.InvariantCulture) };
        texts.AddRange(Arguments);
        var octets = new List<byte> { ControlMessage.Service };
        foreach (var text in texts)
        {
            octets.AddRange(Encoding.UTF8.GetBytes(text));
            octets.Add(0);
        }

        return [.. octets];
    }

    /// <summary>Reads what <see cref="ToMessage"/> wrote.</summary>
    public static ServiceAssignment Parse(ReadOnlySpan<byte> message)
    {
        var texts = Encoding.UTF8.GetString(message[1..]).Split('\0');
        return new ServiceAssignment
        {
            Name = texts[0],
            Type = texts[1],
            Program = texts[2],
            Limit = int.Parse(texts[3], System.Globalization.CultureInfo.InvariantCulture),
            Arguments = texts[4..^1],
        };
    }
}
