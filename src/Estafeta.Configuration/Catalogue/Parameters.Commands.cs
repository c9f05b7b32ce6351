namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly StringParameter AuthorizedFlushUsers = Add(new StringParameter("authorized_flush_users", "static:anyone"));
    public static readonly StringParameter AuthorizedMailqUsers = Add(new StringParameter("authorized_mailq_users", "static:anyone"));
    public static readonly StringParameter AuthorizedSubmitUsers = Add(new StringParameter("authorized_submit_users", "static:anyone"));
    public static readonly StringParameter ContentFilter = Add(new StringParameter("content_filter", ""));
    public static readonly StringParameter EmptyAddressLocalLoginSenderMapsLookupKey = Add(new StringParameter("empty_address_local_login_sender_maps_lookup_key", "<>"));
    public static readonly StringParameter LocalLoginSenderMaps = Add(new StringParameter("local_login_sender_maps", "static:*"));
    public static readonly StringParameter PostmultiControlCommands = Add(new StringParameter("postmulti_control_commands", "reload flush"));
    public static readonly StringParameter PostmultiStartCommands = Add(new StringParameter("postmulti_start_commands", "start"));
    public static readonly StringParameter PostmultiStopCommands = Add(new StringParameter("postmulti_stop_commands", "stop abort drain quick-stop"));
    public static readonly StringParameter ReceiveOverrideOptions = Add(new StringParameter("receive_override_options", ""));
    public static readonly StringParameter SendmailFixLineEndings = Add(new StringParameter("sendmail_fix_line_endings", "always") { MinimumLength = 1 });
}
