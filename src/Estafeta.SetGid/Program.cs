using Estafeta.Commands.Postdrop;
using Estafeta.Commands.Postlog;
using Estafeta.Commands.Postqueue;
using Estafeta.Services.Logging;
using Estafeta.Unix.Processes;

namespace Estafeta.SetGid;

/// <summary>
/// postdrop, postqueue and postlog: the commands that run set-gid <c>postdrop</c>, so that any user may hand in mail, look at the queue and log.
/// An executable of their own that can do nothing else.
/// </summary>
internal static class Program
{
    private static readonly Dictionary<string, Func<IReadOnlyList<string>, Task<int>>> Commands = new(StringComparer.Ordinal)
    {
        [PostdropProgram.Name] = static a => PostdropProgram.RunAsync(a),
        [PostlogProgram.Name] = static a => PostlogProgram.RunAsync(a),
        [PostqueueProgram.Name] = static a => PostqueueProgram.RunAsync(a),
    };

    public static async Task<int> Main(string[] arguments)
    {
        var name = Path.GetFileName(ProgramName.Find());
        if (!Commands.TryGetValue(name, out var command))
        {
            new StandardErrorLog("estafeta-setgid").Write(LogSeverity.Fatal, $"{name}: no such command");
            return 1;
        }

        if (ForeignConfiguration.Find(arguments) is { } refusal)
        {
            var log = new StandardErrorLog(name);
            log.Error(refusal.Error);
            log.Write(LogSeverity.Fatal, refusal.Fatal);
            return 1;
        }

        return await command(arguments);
    }
}
