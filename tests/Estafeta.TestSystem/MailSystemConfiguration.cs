namespace Estafeta.TestSystem;

/// <summary>
/// main.cf and master.cf of a test's mail system: example.test is delivered into Maildirs below the root, everything else goes to the sink
/// when there is one.
/// </summary>
internal static class MailSystemConfiguration
{
    public static string MainCf(string root, string programs, MailSystemOptions options, (string User, string Group, uint Uid, uint Gid) owner, string extra) =>
        $"""
        compatibility_level = 3.6
        queue_directory = {root}/queue
        data_directory = {root}/data
        command_directory = {programs}
        daemon_directory = {programs}
        sendmail_path = {programs}/sendmail
        mail_owner = {owner.User}
        setgid_group = {owner.Group}
        maillog_file = {root}/mail.log
        maillog_file_prefixes = {root}
        myhostname = mail.{MailSystem.Domain}
        mydomain = {MailSystem.Domain}
        myorigin = {MailSystem.Domain}
        mynetworks = 127.0.0.0/8
        inet_protocols = ipv4
        mydestination =
        alias_maps =
        smtpd_peername_lookup = no
        virtual_mailbox_domains = {MailSystem.Domain}
        virtual_mailbox_base = {root}/mail
        virtual_mailbox_maps = texthash:{root}/etc/mailboxes
        virtual_minimum_uid = 1
        virtual_uid_maps = static:{owner.Uid}
        virtual_gid_maps = static:{owner.Gid}
        {(options.SinkPort is { } port ? $"relayhost = [127.0.0.1]:{port}" : "")}
        {options.MainCf}
        {extra}

        """;

    public static string MasterCf(int port, MailSystemOptions options) =>
        $"""
        127.0.0.1:{port} inet n - n - {options.SmtpdLimit?.ToString(null, null) ?? "-"} smtpd
        {StandardServices.MasterCf}
        {options.MasterCf}

        """;
}
