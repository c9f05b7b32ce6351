using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;

namespace Estafeta.Commands.Check.Rules;

/// <summary>Delivery: limits that exclude each other, mailboxes without an owner, names that other hosts will not take, and settings that others make dead.</summary>
internal static class DeliveryRules
{
    public static IEnumerable<Finding> Find(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        return Names(main).Concat(Limits(main)).Concat(VirtualMailboxes(configuration)).Concat(DeadSettings(configuration)).Concat(Notes(main));
    }

    private static IEnumerable<Finding> Names(ParameterSet main)
    {
        var host = CheckedConfiguration.Value(main, Parameters.Myhostname);
        if (main.IsSet(Parameters.Myhostname) && !host.Contains('.', StringComparison.Ordinal))
        {
            yield return Finding.At(main, Parameters.Myhostname, "host-name", FindingSeverity.Warning, $"myhostname {host} is not a fully qualified name: other hosts refuse it in HELO", "write the full name");
        }

        if (CheckedConfiguration.Value(main, Parameters.Myorigin).Length == 0)
        {
            yield return Finding.At(main, Parameters.Myorigin, "host-name", FindingSeverity.Error, "myorigin is empty: addresses without a domain cannot be completed", "write $myhostname or $mydomain");
        }
    }

    private static IEnumerable<Finding> Limits(ParameterSet main)
    {
        if (!TryRead(main, Parameters.MessageSizeLimit, out var message) || message == 0)
        {
            yield break;
        }

        if (TryRead(main, Parameters.MailboxSizeLimit, out var mailbox) && mailbox > 0 && mailbox < message)
        {
            yield return Finding.At(main, Parameters.MailboxSizeLimit, "size-limits", FindingSeverity.Error, $"mailbox_size_limit {mailbox} is smaller than message_size_limit {message}: local mail is deferred", "raise it, or write 0");
        }

        if (TryRead(main, Parameters.VirtualMailboxLimit, out var virtualMailbox) && virtualMailbox > 0 && virtualMailbox < message)
        {
            yield return Finding.At(main, Parameters.VirtualMailboxLimit, "size-limits", FindingSeverity.Error, $"virtual_mailbox_limit {virtualMailbox} is smaller than message_size_limit {message}: virtual mail is deferred", "raise it, or write 0");
        }
    }

    private static IEnumerable<Finding> VirtualMailboxes(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        var transport = CheckedConfiguration.Value(main, Parameters.VirtualTransport).Split(':')[0];
        var isVirtual = configuration.Snapshot.Master.Entries.Any(e => e.Name == transport && e.Type == ServiceType.Unix && e.Command == "virtual");
        if (!isVirtual || !(main.IsSet(Parameters.VirtualMailboxDomains) || main.IsSet(Parameters.VirtualMailboxMaps)))
        {
            yield break;
        }

        foreach (var parameter in (StringParameter[])[Parameters.VirtualMailboxMaps, Parameters.VirtualUidMaps, Parameters.VirtualGidMaps])
        {
            if (CheckedConfiguration.Value(main, parameter).Length == 0)
            {
                yield return Finding.At(main, Parameters.VirtualMailboxDomains, "virtual-mailboxes", FindingSeverity.Error, $"virtual mailboxes need {parameter.Name}, which is empty", $"set {parameter.Name}, or another virtual_transport");
            }
        }

        if (CheckedConfiguration.Value(main, Parameters.VirtualMailboxBase).Length == 0)
        {
            yield return Finding.At(main, Parameters.VirtualMailboxDomains, "virtual-mailboxes", FindingSeverity.Error, "virtual mailboxes need virtual_mailbox_base, which is empty", "set virtual_mailbox_base");
        }
    }

    private static IEnumerable<Finding> DeadSettings(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        foreach (var (setting, isDead, why, remedy) in Dead(configuration))
        {
            if (main.IsSet(setting) && CheckedConfiguration.Value(main, setting).Length > 0 && isDead())
            {
                yield return Finding.At(main, setting, "dead-setting", FindingSeverity.Warning, $"{setting.Name} has no effect: {why}", remedy);
            }
        }
    }

    private static IEnumerable<(Parameter Setting, Func<bool> IsDead, string Why, string Remedy)> Dead(CheckedConfiguration configuration)
    {
        var main = configuration.Main;
        yield return (Parameters.HomeMailbox, () => Has(Parameters.MailboxTransport), "mailbox_transport delivers instead", "remove one of the two");
        yield return (Parameters.HomeMailbox, () => Has(Parameters.MailboxCommand), "mailbox_command delivers instead", "remove one of the two");
        yield return (Parameters.MailboxCommand, () => Has(Parameters.MailboxTransport), "mailbox_transport delivers instead", "remove one of the two");
        yield return (Parameters.LuserRelay, () => Has(Parameters.LocalRecipientMaps), "unknown recipients are refused before (local_recipient_maps)", "set local_recipient_maps to nothing");
        yield return (Parameters.SmtpSaslPasswordMaps, () => !configuration.Scopes("smtp").Any(s => CheckedConfiguration.IsYes(s.Parameters, Parameters.SmtpSaslAuthEnable)), "smtp_sasl_auth_enable is no", "set smtp_sasl_auth_enable = yes");
        yield return (Parameters.RelayRecipientMaps, () => !Has(Parameters.RelayDomains), "relay_domains is empty", "set relay_domains");
        yield return (Parameters.VirtualAliasDomains, () => !Has(Parameters.VirtualAliasMaps), "virtual_alias_maps is empty, so that every address in them is refused", "set virtual_alias_maps");

        bool Has(Parameter parameter) => CheckedConfiguration.Value(main, parameter).Length > 0;
    }

    private static IEnumerable<Finding> Notes(ParameterSet main)
    {
        if (CheckedConfiguration.IsYes(main, Parameters.SoftBounce))
        {
            yield return Finding.At(main, Parameters.SoftBounce, "soft-bounce", FindingSeverity.Note, "soft_bounce makes every refusal temporary: clients and senders try again for days", "remove it when testing is over");
        }

        if (main.IsSet(Parameters.LocalRecipientMaps) && CheckedConfiguration.Value(main, Parameters.LocalRecipientMaps).Length == 0 && CheckedConfiguration.Value(main, Parameters.Mydestination).Length > 0
            && CheckedConfiguration.Value(main, Parameters.LuserRelay).Length == 0 && !CheckedConfiguration.Value(main, Parameters.LocalTransport).StartsWith("error:", StringComparison.Ordinal))
        {
            yield return Finding.At(main, Parameters.LocalRecipientMaps, "backscatter", FindingSeverity.Warning, "with local_recipient_maps empty mail for unknown users is taken, and bounced to senders that are forged", "remove the setting, or set luser_relay");
        }
    }

    private static bool TryRead(ParameterSet main, LongParameter parameter, out long value) => long.TryParse(CheckedConfiguration.Value(main, parameter), out value);
}
