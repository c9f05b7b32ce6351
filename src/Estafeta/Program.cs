using Estafeta.Services.Logging;
using Estafeta.Unix.Processes;

namespace Estafeta;

/// <summary>
/// One executable under many names: <c>postfix</c>, <c>sendmail</c>, <c>smtpd</c>… The name it is called by chooses the verb; called by its own
/// name, the first argument does (<c>estafeta postfix start</c>).
/// </summary>
internal static class Program
{
    public static async Task<int> Main(string[] arguments)
    {
        TableTypeSetup.Register();
        var name = Path.GetFileName(ProgramName.Find());
        IReadOnlyList<string> rest = arguments;
        if (name is "estafeta" or "estafeta.dll" && arguments.Length > 0)
        {
            name = arguments[0];
            rest = arguments[1..];
        }

        if (CommandTable.Find(name) is { } command)
        {
            return await command(rest);
        }

        if (DaemonTable.Find(name) is { } daemon)
        {
            return await Services.Hosting.DaemonProcess.RunAsync(daemon, rest, TimeProvider.System);
        }

        new StandardErrorLog("estafeta").Write(LogSeverity.Fatal, $"{name}: no such command. Known are: {CommandTable.Names}");
        return 1;
    }
}
