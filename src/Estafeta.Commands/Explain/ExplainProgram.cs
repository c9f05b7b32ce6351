using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;
using Estafeta.Daemons.Smtpd.Explaining;
using Estafeta.Net.Dns;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Verification;

namespace Estafeta.Commands.Explain;

/// <summary>
/// <c>estafeta explain</c>: what smtpd would do with a message from a client, which restriction, table, DNS answer or policy service decides it,
/// and where the message would go. Exit status 0 when it would be accepted, 1 when not.
/// </summary>
public static class ExplainProgram
{
    /// <param name="arguments">Without the verb.</param>
    /// <param name="time">For the session's clock.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, TimeProvider time, CommandStreams? streams = null) => CommandProgram.RunAsync("explain", async log =>
    {
        var options = ExplainOptions.Parse(arguments);
        var directory = Path.GetFullPath(options.ConfigDirectory ?? ConfigurationDirectory.Find());
        var main = ParameterSet.Load(directory);
        EnterQueueDirectory(main.Get(Parameters.QueueDirectory), log);
        var explanation = await ExplainAsync(options, main, MasterCfFile.Load(directory), time, null);
        log.Streams.Output.Write(options.IsJson ? ExplanationJson.Write(explanation) : ExplanationText.Write(explanation));
        return explanation.Session.IsAccepted && !explanation.Route.IsTrouble ? 0 : 1;
    }, streams);

    /// <param name="options">What is asked.</param>
    /// <param name="main">main.cf.</param>
    /// <param name="master">master.cf.</param>
    /// <param name="time">For the session's clock.</param>
    /// <param name="resolver">The name service; null: this machine's.</param>
    internal static async Task<Explanation> ExplainAsync(ExplainOptions options, ParameterSet main, MasterCfFile master, TimeProvider time, DnsResolver? resolver)
    {
        var entry = FindService(master, options.Service);
        var parameters = main.With(entry);
        await using var verifier = new RemoteAddressVerifier("private/" + parameters.Get(Parameters.AddressVerifyServiceName), time);
        var context = new ServiceContext
        {
            ServiceName = entry.Name,
            ServiceType = entry.TypeName,
            ProgramName = "smtpd",
            Parameters = parameters,
            Log = new MemoryMailLog(), // the explainer keeps its own
            Time = time,
        };
        await using var explainer = new SmtpdExplainer(context, verifier, resolver);
        var session = await explainer.ExplainAsync(options.Request, CancellationToken.None);
        await using var finder = new RouteFinder(main, master, time);
        return new Explanation($"{entry.Name}/{entry.TypeName}", session, await finder.FindAsync(session, CancellationToken.None));
    }

    private static MasterEntry FindService(MasterCfFile master, string? name)
    {
        var entries = master.Entries.Where(e => Path.GetFileName(e.Command) == "smtpd").ToList();
        var found = name != null
            ? entries.Find(e => e.Name == name || $"{e.Name}/{e.TypeName}" == name)
            : entries.Find(e => e.Name is "smtp" or "25" || e.Name.EndsWith(":smtp", StringComparison.Ordinal) || e.Name.EndsWith(":25", StringComparison.Ordinal))
                ?? entries.FirstOrDefault();
        return found ?? throw new CommandException(name == null ? "master.cf has no smtpd service" : $"master.cf has no smtpd service named {name}", 1);
    }

    // Daemons work there: relative names of sockets and files are meant from there.
    private static void EnterQueueDirectory(string directory, IMailLog log)
    {
        try
        {
            Directory.SetCurrentDirectory(directory);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            log.Warning($"{directory}: {trouble.Message}; services with sockets there cannot be asked");
        }
    }
}
