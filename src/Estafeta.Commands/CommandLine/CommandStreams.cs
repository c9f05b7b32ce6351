using Estafeta.Unix.Files;

namespace Estafeta.Commands.CommandLine;

/// <summary>What a command reads and writes: the process's standard streams, or a test's.</summary>
public sealed record CommandStreams(Stream Input, Stream Output, Stream Error)
{
    public static CommandStreams Standard() => new(StandardStream.Input(), StandardStream.Output(), StandardStream.Error());
}
