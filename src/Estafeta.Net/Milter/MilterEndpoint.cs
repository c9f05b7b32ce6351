using Estafeta.Configuration.Interfaces;

namespace Estafeta.Net.Milter;

/// <summary>Where a milter is: <c>unix:path</c> or <c>inet:host:port</c>, the port by number or name.</summary>
/// <param name="Path">Null for a network address.</param>
internal readonly record struct MilterEndpoint(string? Path, string Host, int Port)
{
    /// <summary>Throws <see cref="MilterProtocolException"/> for anything else.</summary>
    public static MilterEndpoint Parse(string text, TcpServices services)
    {
        var colon = text.IndexOf(':');
        var kind = colon < 0 ? text : text[..colon];
        var rest = text[(colon + 1)..];
        if (kind is "unix" or "local" && colon > 0)
        {
            return new MilterEndpoint(rest, "", 0);
        }

        if (kind == "inet" && rest.LastIndexOf(':') is > 0 and var at
            && services.Find(rest.AsSpan(at + 1)) is { } port)
        {
            return new MilterEndpoint(null, rest[..at].Trim('[', ']'), port);
        }

        throw new MilterProtocolException($"invalid transport name: {kind} in Milter service: {text}") { IsMisconfiguration = true };
    }
}
