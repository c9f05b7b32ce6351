using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Services.Logging;
using Estafeta.Services.Submission;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postdrop;

/// <summary>
/// postdrop(1): copies a message from standard input into the maildrop directory. Set-gid, because users may not write there; it works
/// while the mail system is down. Its input is a user's: only the records of <see cref="SubmissionGrammar"/> get through.
/// </summary>
public static class PostdropProgram
{
    public const string Name = "postdrop";

    /// <param name="arguments">Without the command's name.</param>
    /// <param name="streams">Null: the process's own.</param>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandStreams? streams = null) =>
        CommandProgram.RunAsync(Name, log => RunAsync(arguments, log), streams);

    private static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandLog log)
    {
        var options = new OptionReader(arguments, "c:rv");
        string? directory = null;
        while (options.TryRead(out var option, out var value))
        {
            directory = option == 'c' ? value : directory;
        }

        if (options.Error != null || options.Operands.Count > 0)
        {
            throw CommandProgram.Usage(Name, options, "[-c config_dir] [-v]");
        }

        directory ??= ConfigurationDirectory.Find();
        if (ConfigurationDirectoryAuthorization.Check(directory, Privileges.RealUid == 0 || !Privileges.IsSetGid) is { } refusal)
        {
            log.Error(refusal.Error);
            throw new CommandException(refusal.Fatal);
        }

        var parameters = CommandProgram.Load(directory, log);
        return await TakeAsync(parameters, log);
    }

    private static async Task<int> TakeAsync(ParameterSet parameters, CommandLog log)
    {
        var uid = Privileges.RealUid;
        await using var policy = new SubmissionPolicy(parameters, log, Accounts.FindUser(uid)?.Name, uid);
        if (await policy.CheckUserAsync() is { } refusal)
        {
            return Refuse(log, refusal);
        }

        var queueDirectory = parameters.Get(Parameters.QueueDirectory);
        using var drop = new MessageDrop(Path.Combine(queueDirectory, "maildrop"), parameters.Get(Parameters.MessageSizeLimit), policy, log, TimeProvider.System);
        var result = await drop.CopyAsync(log.Streams.Input);
        if (result.Refusal != null)
        {
            return result.Refusal == MessageDrop.Cancelled ? 0 : Refuse(log, result.Refusal);
        }

        await PickupTrigger.SendAsync(
            Path.Combine(queueDirectory, "public", parameters.Get(Parameters.PickupServiceName)), parameters.Get(Parameters.TriggerTimeout));
        await AnswerAsync(log, PostdropResult.FormatTaken(result.Name));
        return 0;
    }

    private static int Refuse(CommandLog log, string reason)
    {
        log.Streams.Output.Write(System.Text.Encoding.UTF8.GetBytes(PostdropResult.FormatRefused(reason)));
        log.Streams.Output.Flush();
        return 1;
    }

    private static async Task AnswerAsync(CommandLog log, string line)
    {
        await log.Streams.Output.WriteAsync(System.Text.Encoding.UTF8.GetBytes(line));
        await log.Streams.Output.FlushAsync();
    }
}
