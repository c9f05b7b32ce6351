using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Cleaning;
using Estafeta.Services.ExternalCommands;
using Estafeta.Services.Mailboxes;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>The parameters of local(8), read once at start. Texts with macros of the recipient are kept unexpanded.</summary>
public sealed record LocalSettings
{
    public required string Hostname { get; init; }

    public required string MailName { get; init; }

    /// <summary>allow_mail_to_commands</summary>
    public required ExpansionKinds CommandsFrom { get; init; }

    /// <summary>propagate_unmatched_extensions: lists whose addresses get the extension that the recipient came with.</summary>
    public required ExpansionKinds ExtensionsPass { get; init; }

    /// <summary>allow_mail_to_files</summary>
    public required ExpansionKinds FilesFrom { get; init; }

    /// <summary>prepend_delivered_header: for commands, files, forwarded mail.</summary>
    public required bool MarksCommands { get; init; }

    public required bool MarksFiles { get; init; }

    public required bool MarksForwarded { get; init; }

    /// <summary>frozen_delivered_to</summary>
    public required bool IsDeliveredToFrozen { get; init; }

    /// <summary>owner_request_special</summary>
    public required bool HasOwners { get; init; }

    /// <summary>expand_owner_alias</summary>
    public required bool ExpandsOwner { get; init; }

    /// <summary>reset_owner_alias</summary>
    public required bool ResetsOwner { get; init; }

    /// <summary>forward_path, unexpanded.</summary>
    public required string ForwardPath { get; init; }

    public required string ForwardFilter { get; init; }

    /// <summary>require_home_directory</summary>
    public required bool NeedsHome { get; init; }

    public required string MailboxTransport { get; init; }

    /// <summary>mailbox_command, unexpanded: the command's shell does it.</summary>
    public required string MailboxCommand { get; init; }

    public required string HomeMailbox { get; init; }

    public required string MailSpoolDirectory { get; init; }

    public required string FallbackTransport { get; init; }

    /// <summary>luser_relay, unexpanded.</summary>
    public required string LuserRelay { get; init; }

    /// <summary>local_command_shell</summary>
    public required string CommandShell { get; init; }

    public required TimeSpan CommandTimeLimit { get; init; }

    public required string CommandFilter { get; init; }

    /// <summary>command_execution_directory, unexpanded.</summary>
    public required string CommandDirectory { get; init; }

    public required string CommandDirectoryFilter { get; init; }

    public required IReadOnlyList<string> CommandEnvironment { get; init; }

    /// <summary>default_privs: who delivers on behalf of root.</summary>
    public required UserAccount DefaultPrivileges { get; init; }

    public required bool NotifiesBiff { get; init; }

    public required int DuplicateLimit { get; init; }

    public required string RecipientDelimiter { get; init; }

    public required string CleanupService { get; init; }

    /// <summary>How cleanup handles what is forwarded (smtputf8_autodetect_classes).</summary>
    public required CleanupFlags ForwardFlags { get; init; }

    public required MailboxSettings Mailboxes { get; init; }

    public static LocalSettings Read(ParameterSet parameters)
    {
        var privileges = parameters.Get(Parameters.DefaultPrivs);
        var marks = Words(parameters.Get(Parameters.PrependDeliveredHeader));
        return new LocalSettings
        {
            Hostname = parameters.Get(Parameters.Myhostname),
            MailName = parameters.Get(Parameters.MailName),
            CommandsFrom = Kinds(Parameters.AllowMailToCommands, parameters),
            FilesFrom = Kinds(Parameters.AllowMailToFiles, parameters),
            ExtensionsPass = PassedThrough(Words(parameters.Get(Parameters.PropagateUnmatchedExtensions))),
            MarksCommands = marks.Contains("command"),
            MarksFiles = marks.Contains("file"),
            MarksForwarded = marks.Contains("forward"),
            IsDeliveredToFrozen = parameters.Get(Parameters.FrozenDeliveredTo),
            HasOwners = parameters.Get(Parameters.OwnerRequestSpecial),
            ExpandsOwner = parameters.Get(Parameters.ExpandOwnerAlias),
            ResetsOwner = parameters.Get(Parameters.ResetOwnerAlias),
            ForwardPath = parameters.Get(Parameters.ForwardPath),
            ForwardFilter = parameters.Get(Parameters.ForwardExpansionFilter),
            NeedsHome = parameters.Get(Parameters.RequireHomeDirectory),
            MailboxTransport = parameters.Get(Parameters.MailboxTransport),
            MailboxCommand = parameters.Get(Parameters.MailboxCommand),
            HomeMailbox = parameters.Get(Parameters.HomeMailbox),
            MailSpoolDirectory = parameters.Get(Parameters.MailSpoolDirectory),
            FallbackTransport = parameters.Get(Parameters.FallbackTransport),
            LuserRelay = parameters.Get(Parameters.LuserRelay),
            CommandShell = parameters.Get(Parameters.LocalCommandShell),
            CommandTimeLimit = parameters.Get(Parameters.CommandTimeLimit),
            CommandFilter = parameters.Get(Parameters.CommandExpansionFilter),
            CommandDirectory = parameters.Get(Parameters.CommandExecutionDirectory),
            CommandDirectoryFilter = parameters.Get(Parameters.ExecutionDirectoryExpansionFilter),
            CommandEnvironment = Services.ExternalCommands.CommandEnvironment.Read(parameters),
            DefaultPrivileges = Accounts.FindUser(privileges)
                ?? throw new ConfigurationException($"bad string value: default_privs = {privileges}: unknown user"),
            NotifiesBiff = parameters.Get(Parameters.Biff),
            DuplicateLimit = parameters.Get(Parameters.DuplicateFilterLimit),
            RecipientDelimiter = parameters.Get(Parameters.RecipientDelimiter),
            CleanupService = parameters.Get(Parameters.CleanupServiceName),
            ForwardFlags = MailClassFlags.Load(parameters, MailClasses.Forward),
            Mailboxes = MailboxSettings.Read(parameters, Parameters.MailboxDeliveryLock, Parameters.MailboxSizeLimit),
        };
    }

    // Its other words are for cleanup and smtp.
    private static ExpansionKinds PassedThrough(IReadOnlyCollection<string> words) =>
        (words.Contains("alias") ? ExpansionKinds.Alias : ExpansionKinds.None)
        | (words.Contains("forward") ? ExpansionKinds.Forward : ExpansionKinds.None)
        | (words.Contains("include") ? ExpansionKinds.Include : ExpansionKinds.None);

    private static ExpansionKinds Kinds(StringParameter parameter, ParameterSet parameters)
    {
        var kinds = ExpansionKinds.None;
        foreach (var word in Words(parameters.Get(parameter)))
        {
            kinds |= word switch
            {
                "alias" => ExpansionKinds.Alias,
                "forward" => ExpansionKinds.Forward,
                "include" => ExpansionKinds.Include,
                _ => throw new ConfigurationException($"unknown value in {parameter.Name}: {word}"),
            };
        }

        return kinds;
    }

    private static string[] Words(string text) => text.Split([' ', '\t', ',', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
