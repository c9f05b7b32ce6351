using Estafeta.Commands.Postfix;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Owners and modes of the queue and data directories, where they exist; the accounts they belong to.</summary>
internal static class OwnershipRules
{
    private const uint GroupOrOtherWrite = 0x12;
    private const uint OtherAccess = 0x7;

    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        InstanceOwners owners;
        Finding? problem = null;
        try
        {
            owners = InstanceOwners.Of(main);
        }
        catch (ConfigurationException e)
        {
            problem = Finding.At(
                main, e.Problem.Contains(Parameters.SetgidGroup.Name, StringComparison.Ordinal) ? Parameters.SetgidGroup : Parameters.MailOwner, "bad-account", FindingSeverity.Error,
                e.Problem, "name an account of its own that exists");
            owners = new InstanceOwners(0, 0, 0, null);
        }

        return problem != null ? [problem] : Groups(main, owners).Concat(Directories(main, owners));
    }

    private static IEnumerable<Finding> Groups(ParameterSet main, InstanceOwners owners)
    {
        if (owners.SetgidGid is { } group && group == owners.MailOwnerGid)
        {
            yield return Finding.At(main, Parameters.SetgidGroup, "bad-account", FindingSeverity.Error, "setgid_group is the group of mail_owner: whoever may submit mail could write where the daemons do", "name a group of its own");
        }
    }

    private static IEnumerable<Finding> Directories(ParameterSet main, InstanceOwners owners)
    {
        var queue = main.Get(Parameters.QueueDirectory);
        foreach (var directory in QueueLayout.Of(main))
        {
            if (FileOwnership.Of(directory.Path) is not { } found)
            {
                continue; // "postfix start" makes it
            }

            var owner = owners.NameOf(directory.Owner, main);
            if (found.Uid != owners.UidOf(directory.Owner))
            {
                yield return new("wrong-owner", FindingSeverity.Error, default, $"{directory.Path} is not owned by {owner}", $"chown {owner} {directory.Path}");
            }

            // Mail is nobody's to read; the data directory holds caches, and Debian's is open to readers.
            var holdsMail = directory.Owner == LayoutOwner.MailOwner && directory.Path.StartsWith(queue + "/", StringComparison.Ordinal);
            var forbidden = directory.HasSetgidGroup ? 0x2u : holdsMail ? OtherAccess : GroupOrOtherWrite;
            if ((found.Mode & forbidden) != 0)
            {
                yield return new("wrong-mode", FindingSeverity.Warning, default, $"{directory.Path} is open to others (mode {Convert.ToString(found.Mode, 8)})", $"chmod {Convert.ToString((int)directory.Mode, 8)} {directory.Path}");
            }
        }
    }
}
