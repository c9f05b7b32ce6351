using Estafeta.Commands.Postalias;
using Estafeta.Commands.Postconf;
using Estafeta.Commands.Postmap;
using Estafeta.Services.Logging;
using Estafeta.Services.TableProxy;
using Estafeta.Tables;
using Estafeta.Unix.Processes;

namespace Estafeta.QuickCommands;

/// <summary>
/// postmap, postalias and postconf: commands that scripts start again and again, in an executable of their own because a small one starts in half the
/// time (docs/performance.md). The large one knows them too.
/// </summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, Task<int>>> Commands = new(StringComparer.Ordinal)
    {
        ["postalias"] = static a => PostaliasProgram.RunAsync(a),
        ["postconf"] = static a => PostconfProgram.RunAsync(a, ProgramName.Find()),
        ["postmap"] = static a => PostmapProgram.RunAsync(a),
    };

    public static async Task<int> Main(string[] arguments)
    {
        var name = Path.GetFileName(ProgramName.Find());
        if (!Commands.TryGetValue(name, out var command))
        {
            new StandardErrorLog("estafeta-quick").Write(LogSeverity.Fatal, $"{name}: no such command. Known are: {string.Join(' ', Commands.Keys)}");
            return 1;
        }

        TableTypes.Register("proxy", ProxyTable.Open);
        return await command(arguments);
    }
}
