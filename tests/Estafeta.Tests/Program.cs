using Estafeta.Services.TableProxy;
using Estafeta.Tables;
using Estafeta.Tests.Daemons.Smtpd;
using Estafeta.Tests.Master;
using Estafeta.Tests.Unix;

namespace Estafeta.Tests;

/// <summary>
/// Runs the tests; or, as <c>--helper name arguments</c>, one of the small programs some tests need in a process of its own
/// (dropping privileges, being a daemon of master).
/// </summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        if (args is ["--helper", var name, .. var rest])
        {
            return Helpers[name](rest);
        }

        // For all tests, as in the program itself; one that did it would change what others read just then.
        TableTypes.Register("proxy", ProxyTable.Open);
        return Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args).GetAwaiter().GetResult();
    }

    private static readonly Dictionary<string, Func<string[], int>> Helpers = new()
    {
        ["chunk-memory"] = SmtpdChunkMemory.Tell,
        ["session-memory"] = SmtpdSessionMemory.Tell,
        ["drop-privileges"] = PrivilegesTests.DropAndTell,
        ["master"] = MasterHarness.RunMaster,
        ["echo"] = EchoDaemon.Run,
    };
}
