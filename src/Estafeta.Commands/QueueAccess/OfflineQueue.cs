using Estafeta.Commands.CommandLine;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Queue.Storage.Log;
using Estafeta.Unix;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.QueueAccess;

/// <summary>
/// The queue while the mail system is down: the commands open the store themselves. As mail_owner, so that no file of the queue ends
/// up belonging to root; the store's own lock keeps a starting mail system out meanwhile.
/// </summary>
internal static class OfflineQueue
{
    /// <summary>Opens the store and waits until all of it is known.</summary>
    public static async Task<SegmentedLogStore> OpenAsync(ParameterSet parameters, CommandLog log)
    {
        BecomeMailOwner(parameters);
        var directory = parameters.Get(Parameters.QueueDirectory);
        Privileges.EnterDirectory(directory);
        try
        {
            var store = SegmentedLogStore.Open(new StoreOptions
            {
                QueueDirectory = directory,
                Warn = text => log.Write(Services.Logging.LogSeverity.Warning, text),
            });
            await store.Recovered;
            return store;
        }
        catch (UnixException e)
        {
            throw new CommandException($"open queue in {directory}: {e.Message}");
        }
        catch (IOException e)
        {
            throw new CommandException($"open queue in {directory}: {e.Message}");
        }
    }

    private static void BecomeMailOwner(ParameterSet parameters)
    {
        if (!Privileges.IsRoot)
        {
            return;
        }

        var name = parameters.Get(Parameters.MailOwner);
        var owner = Accounts.FindUser(name)
            ?? throw new CommandException($"file {parameters.ConfigDirectory}/main.cf: parameter mail_owner: unknown user name value: {name}");
        Privileges.DropTo(owner.Uid, owner.Gid, Accounts.GroupsOf(owner));
    }
}
