using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Hosting;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postfix;

/// <summary>Who owns the files of an instance: root, mail_owner and setgid_group; or, for an ordinary user's instance, just that user.</summary>
internal sealed record InstanceOwners(uint RootUid, uint MailOwnerUid, uint MailOwnerGid, uint? SetgidGid)
{
    /// <summary>Throws <see cref="ConfigurationException"/> when an account is missing.</summary>
    public static InstanceOwners Of(ParameterSet parameters)
    {
        if (!Privileges.IsRoot)
        {
            return new InstanceOwners(Privileges.EffectiveUid, Privileges.EffectiveUid, Privileges.RealGid, null);
        }

        var owner = MailOwner.Of(parameters);
        var name = parameters.Get(Parameters.SetgidGroup);
        var group = Accounts.FindGroup(name) ?? throw new ConfigurationException(
            $"file {parameters.ConfigDirectory}/main.cf: parameter {Parameters.SetgidGroup.Name}: unknown group name: {name}");
        return new InstanceOwners(0, owner.Uid, owner.Gid, group.Gid);
    }

    public uint UidOf(LayoutOwner owner) => owner == LayoutOwner.Root ? RootUid : MailOwnerUid;

    public string NameOf(LayoutOwner owner, ParameterSet parameters) =>
        !Privileges.IsRoot ? Accounts.FindUser(RootUid)?.Name ?? RootUid.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : owner == LayoutOwner.Root ? "root" : parameters.Get(Parameters.MailOwner);
}
