using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postalias;
using Estafeta.Commands.Postmap;
using Estafeta.Tables.Text;

namespace Estafeta.Conformance.Tables;

/// <summary>Our postmap and postalias, run in this process.</summary>
internal static class OurCommand
{
    public static Task<(string Output, string Errors, int Code)> PostmapAsync(string root, string input, params string[] arguments) =>
        RunAsync(PostmapProgram.RunAsync, root, input, arguments);

    public static Task<(string Output, string Errors, int Code)> PostaliasAsync(string root, string input, params string[] arguments) =>
        RunAsync(PostaliasProgram.RunAsync, root, input, arguments);

    private static async Task<(string Output, string Errors, int Code)> RunAsync(
        Func<IReadOnlyList<string>, CommandStreams?, Task<int>> run, string root, string input, string[] arguments)
    {
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        var code = await run(["-c", root, .. arguments], new CommandStreams(new MemoryStream(RawText.Encode(input)), output, errors));
        return (RawText.Decode(output.ToArray()), RawText.Decode(errors.ToArray()), code);
    }
}
