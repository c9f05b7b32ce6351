namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter AliasMaps = Add(new StringParameter("alias_maps", "$default_database_type:/etc/aliases, nis:mail.aliases"));
    public static readonly StringParameter AllowMailToCommands = Add(new StringParameter("allow_mail_to_commands", "alias, forward"));
    public static readonly StringParameter AllowMailToFiles = Add(new StringParameter("allow_mail_to_files", "alias, forward"));
    public static readonly BooleanParameter Biff = Add(new BooleanParameter("biff", "yes"));
    public static readonly RawParameter CommandExecutionDirectory = Add(new RawParameter("command_execution_directory", ""));
    public static readonly StringParameter CommandExpansionFilter = Add(new StringParameter("command_expansion_filter", "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") { MinimumLength = 1 });
    public static readonly TimeParameter CommandTimeLimit = Add(new TimeParameter("command_time_limit", "1000s") { Minimum = 1 });
    public static readonly StringParameter ExecutionDirectoryExpansionFilter = Add(new StringParameter("execution_directory_expansion_filter", "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") { MinimumLength = 1 });
    public static readonly BooleanParameter ExpandOwnerAlias = Add(new BooleanParameter("expand_owner_alias", "no"));
    public static readonly StringParameter FallbackTransport = Add(new StringParameter("fallback_transport", ""));
    public static readonly StringParameter FallbackTransportMaps = Add(new StringParameter("fallback_transport_maps", ""));
    public static readonly StringParameter ForwardExpansionFilter = Add(new StringParameter("forward_expansion_filter", "1234567890!@%-_=+:,./abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") { MinimumLength = 1 });
    public static readonly RawParameter ForwardPath = Add(new RawParameter("forward_path", "$home/.forward${recipient_delimiter}${extension}, $home/.forward"));
    public static readonly BooleanParameter FrozenDeliveredTo = Add(new BooleanParameter("frozen_delivered_to", "yes"));
    public static readonly StringParameter HomeMailbox = Add(new StringParameter("home_mailbox", ""));
    public static readonly StringParameter LocalCommandShell = Add(new StringParameter("local_command_shell", ""));
    public static readonly StringParameter LocalDeliveryStatusFilter = Add(new StringParameter("local_delivery_status_filter", "$default_delivery_status_filter"));
    public static readonly RawParameter LuserRelay = Add(new RawParameter("luser_relay", ""));
    public static readonly StringParameter MailSpoolDirectory = Add(new StringParameter("mail_spool_directory", "/var/mail"));
    public static readonly RawParameter MailboxCommand = Add(new RawParameter("mailbox_command", ""));
    public static readonly StringParameter MailboxCommandMaps = Add(new StringParameter("mailbox_command_maps", ""));
    public static readonly StringParameter MailboxDeliveryLock = Add(new StringParameter("mailbox_delivery_lock", "fcntl, dotlock") { MinimumLength = 1 });
    public static readonly LongParameter MailboxSizeLimit = Add(new LongParameter("mailbox_size_limit", "51200000"));
    public static readonly StringParameter MailboxTransport = Add(new StringParameter("mailbox_transport", ""));
    public static readonly StringParameter MailboxTransportMaps = Add(new StringParameter("mailbox_transport_maps", ""));
    public static readonly StringParameter PrependDeliveredHeader = Add(new StringParameter("prepend_delivered_header", "command, file, forward"));
    public static readonly BooleanParameter RequireHomeDirectory = Add(new BooleanParameter("require_home_directory", "no"));
    public static readonly BooleanParameter ResetOwnerAlias = Add(new BooleanParameter("reset_owner_alias", "no"));
    public static readonly BooleanParameter StrictMailboxOwnership = Add(new BooleanParameter("strict_mailbox_ownership", "yes"));
    public static readonly BooleanParameter SunMailtoolCompatibility = Add(new BooleanParameter("sun_mailtool_compatibility", "no"));
}
