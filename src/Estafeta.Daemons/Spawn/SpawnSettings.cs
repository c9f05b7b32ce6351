using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.ExternalCommands;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Spawn;

/// <summary>The attributes of a spawn(8) entry of master.cf: <c>user=NAME[:GROUP] argv=COMMAND ARGUMENTS…</c>. A wrong one ends the process.</summary>
internal static class SpawnSettings
{
    /// <exception cref="ConfigurationException">The message is what Postfix logs as fatal.</exception>
    public static ExternalCommand Parse(string serviceName, IReadOnlyList<string> arguments, ParameterSet parameters)
    {
        CommandIdentity? identity = null;
        IReadOnlyList<string> command = [];
        for (var i = 0; i < arguments.Count && command.Count == 0; i++)
        {
            var argument = arguments[i];
            if (argument.StartsWith("user=", StringComparison.Ordinal))
            {
                identity = ReadUser(argument[5..], parameters);
            }
            else if (argument.StartsWith("argv=", StringComparison.Ordinal))
            {
                command = [argument[5..], .. arguments.Skip(i + 1)];
            }
            else
            {
                throw new ConfigurationException($"unknown attribute name: {argument}");
            }
        }

        return new ExternalCommand
        {
            Identity = identity ?? throw new ConfigurationException("missing user= attribute"),
            Arguments = command.Count > 0 && command[0].Length > 0 ? command : throw new ConfigurationException("missing argv= attribute"),
            Environment = CommandEnvironment.Read(parameters),
            TimeLimit = parameters.GetTime(Parameters.TransportTimeLimit, serviceName),
        };
    }

    private static CommandIdentity ReadUser(string value, ParameterSet parameters)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var userName = colon < 0 ? value : value[..colon];
        var user = Accounts.FindUser(userName) ?? throw new ConfigurationException($"unknown user name: {userName}");
        var gid = user.Gid;
        if (colon >= 0)
        {
            var groupName = value[(colon + 1)..];
            gid = (Accounts.FindGroup(groupName) ?? throw new ConfigurationException($"unknown group name: {groupName}")).Gid;
        }

        // Without root everything runs as who we are, so whom the entry names does not matter.
        if (Privileges.IsRoot)
        {
            Refuse(user.Uid, gid, parameters);
        }

        return new CommandIdentity(user.Uid, gid);
    }

    private static void Refuse(uint uid, uint gid, ParameterSet parameters)
    {
        var owner = Accounts.FindUser(parameters.Get(Parameters.MailOwner));
        if (uid == 0)
        {
            throw new ConfigurationException("request to deliver as root");
        }

        if (uid == owner?.Uid)
        {
            throw new ConfigurationException("request to deliver as mail system owner");
        }

        if (gid == 0)
        {
            throw new ConfigurationException("request to use privileged group id 0");
        }

        if (gid == owner?.Gid)
        {
            throw new ConfigurationException($"request to use mail system owner group id {gid}");
        }
    }
}
