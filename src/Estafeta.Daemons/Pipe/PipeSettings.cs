using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Values;
using Estafeta.Services.Mailboxes;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Pipe;

/// <summary>The command attributes of a pipe(8) entry of master.cf, checked: a wrong one ends the process with Postfix's words.</summary>
public sealed record PipeSettings
{
    /// <summary>First column of master.cf; also what relay= says.</summary>
    public required string ServiceName { get; init; }

    /// <summary>The file that has the entry, for complaints.</summary>
    public string MasterCf { get; init; } = "master.cf";

    public required CommandIdentity Identity { get; init; }

    /// <summary>argv=: the program and its arguments with macros.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>flags=, those that change the message.</summary>
    public CopyOptions Copy { get; init; }

    /// <summary>flags=h: domains in lower case.</summary>
    public bool FoldsDomain { get; init; }

    /// <summary>flags=u: local parts in lower case.</summary>
    public bool FoldsUser { get; init; }

    /// <summary>flags=q: quoted addresses.</summary>
    public bool QuotesAddresses { get; init; }

    /// <summary>flags=X: the command delivers for good.</summary>
    public bool IsFinal { get; init; }

    /// <summary>null_sender=</summary>
    public string NullSender { get; init; } = "MAILER-DAEMON";

    /// <summary>eol=</summary>
    public string LineEnd { get; init; } = "\n";

    /// <summary>size=; 0 is no limit.</summary>
    public long SizeLimit { get; init; }

    public required TimeSpan TimeLimit { get; init; }

    /// <exception cref="ConfigurationException">The message is what Postfix logs as fatal.</exception>
    public static PipeSettings Parse(string serviceName, IReadOnlyList<string> arguments, ParameterSet parameters)
    {
        var settings = new PipeSettings
        {
            ServiceName = serviceName,
            MasterCf = Path.Combine(parameters.ConfigDirectory, "master.cf"),
            Identity = new CommandIdentity(uint.MaxValue, uint.MaxValue),
            Command = [],
            TimeLimit = parameters.GetTime(Parameters.TransportTimeLimit, serviceName),
        };
        for (var i = 0; i < arguments.Count && settings.Command.Count == 0; i++)
        {
            var argument = arguments[i];
            settings = argument.StartsWith("argv=", StringComparison.Ordinal)
                ? settings with { Command = [argument[5..], .. arguments.Skip(i + 1)] }
                : settings.With(argument, parameters);
        }

        if (settings.Identity.Uid == uint.MaxValue)
        {
            throw new ConfigurationException("missing user= command-line attribute");
        }

        return settings.Command.Count > 0 && settings.Command[0].Length > 0
            ? settings
            : throw new ConfigurationException("missing argv= command-line attribute");
    }

    private PipeSettings With(string attribute, ParameterSet parameters)
    {
        var equals = attribute.IndexOf('=', StringComparison.Ordinal);
        var value = attribute[(equals + 1)..];
        return (equals < 0 ? "" : attribute[..equals]) switch
        {
            "flags" => WithFlags(value),
            "user" => this with { Identity = WithUser(value, parameters) },
            "null_sender" => this with { NullSender = value },
            "eol" => this with { LineEnd = EscapedText.Decode(value) },
            "size" => this with { SizeLimit = Size(value) },
            "directory" => this with { Identity = Identity with { Directory = value } },
            "chroot" => this with { Identity = Identity with { Root = value } },
            _ => throw new ConfigurationException($"unknown attribute name: {attribute}"),
        };
    }

    private PipeSettings WithFlags(string flags)
    {
        var settings = this;
        foreach (var flag in flags)
        {
            settings = flag switch
            {
                'B' => settings with { Copy = settings.Copy | CopyOptions.BlankLine },
                'D' => settings with { Copy = settings.Copy | CopyOptions.DeliveredTo },
                'F' => settings with { Copy = settings.Copy | CopyOptions.FromLine },
                'O' => settings with { Copy = settings.Copy | CopyOptions.OriginalTo },
                'R' => settings with { Copy = settings.Copy | CopyOptions.ReturnPath },
                '.' => settings with { Copy = settings.Copy | CopyOptions.QuoteDot },
                '>' => settings with { Copy = settings.Copy | CopyOptions.QuoteFrom },
                'X' => settings with { IsFinal = true },
                'h' => settings with { FoldsDomain = true },
                'q' => settings with { QuotesAddresses = true },
                'u' => settings with { FoldsUser = true },
                _ => throw new ConfigurationException($"unknown flag: {flag} (ignored)"),
            };
        }

        return settings;
    }

    private CommandIdentity WithUser(string value, ParameterSet parameters)
    {
        var colon = value.IndexOf(':', StringComparison.Ordinal);
        var userName = colon < 0 ? value : value[..colon];
        var user = Accounts.FindUser(userName) ?? throw new ConfigurationException($"get_service_attr: unknown username: {userName}");
        var gid = user.Gid;
        if (colon >= 0)
        {
            var groupName = value[(colon + 1)..];
            gid = (Accounts.FindGroup(groupName) ?? throw new ConfigurationException($"get_service_attr: unknown group: {groupName}")).Gid;
        }

        // Without root everything runs as who we are, so whom the entry names does not matter.
        if (Privileges.IsRoot)
        {
            Refuse(user.Uid, gid, parameters);
        }

        return Identity with { Uid = user.Uid, Gid = gid };
    }

    private static void Refuse(uint uid, uint gid, ParameterSet parameters)
    {
        var ownerName = parameters.Get(Parameters.MailOwner);
        var owner = Accounts.FindUser(ownerName);
        if (uid == 0)
        {
            throw new ConfigurationException("user= command-line attribute specifies root privileges");
        }

        if (uid == owner?.Uid)
        {
            throw new ConfigurationException($"user= command-line attribute specifies mail system owner {ownerName}");
        }

        if (gid == 0)
        {
            throw new ConfigurationException("user= command-line attribute specifies privileged group id 0");
        }

        if (gid == owner?.Gid)
        {
            throw new ConfigurationException($"user= command-line attribute specifies mail system owner {ownerName} group id {gid}");
        }
    }

    private static long Size(string value) => long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
        ? size
        : throw new ConfigurationException($"bad size attribute: {value}");
}
