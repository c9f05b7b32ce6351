using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Unix.Identity;

namespace Estafeta.Services.Hosting;

/// <summary>
/// The user a daemon becomes. Looked up while name service files can still be read, assumed after the daemon has opened what only
/// root may. As an ordinary user everything runs as that user, and neither -u nor -c does anything.
/// </summary>
public sealed record MailOwner(uint Uid, uint Gid, IReadOnlyList<uint> Groups)
{
    /// <summary>mail_owner. Throws <see cref="ConfigurationException"/> when there is no such user or it is privileged.</summary>
    public static MailOwner Of(ParameterSet parameters)
    {
        var name = parameters.Get(Parameters.MailOwner);
        var where = $"file {parameters.ConfigDirectory}/main.cf: parameter {Parameters.MailOwner.Name}";
        var user = Accounts.FindUser(name) ?? throw new ConfigurationException($"{where}: unknown user name value: {name}");
        if (user.Uid == 0)
        {
            throw new ConfigurationException($"{where}: user {name} has privileged user ID");
        }

        return user.Gid == 0
            ? throw new ConfigurationException($"{where}: user {name} has privileged group ID")
            : new MailOwner(user.Uid, user.Gid, Accounts.GroupsOf(user));
    }

    /// <summary>Files that this thread makes are this user's until the result is disposed, with no await between.</summary>
    public FileIdentity AssumeForFiles() => FileIdentity.Assume(Uid, Gid);

    public void Assume() => Privileges.DropTo(Uid, Gid, [.. Groups]);
}
