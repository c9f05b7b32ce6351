using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;

namespace Estafeta.Services.Cleaning;

/// <summary>Where a message enters the mail system, by the words of smtputf8_autodetect_classes and internal_mail_filter_classes.</summary>
[Flags]
public enum MailClasses
{
    None = 0,
    Sendmail = 1,
    Smtpd = 2,
    Qmqpd = 4,

    /// <summary>local(8) passes it on, by an alias or a .forward file.</summary>
    Forward = 8,

    /// <summary>bounce(8): notifications for senders, copies for the postmaster.</summary>
    Bounce = 16,

    /// <summary>Other notices for the postmaster: transcripts of sessions, reports.</summary>
    Notify = 32,

    /// <summary>verify(8): a probe.</summary>
    Verify = 64,
    All = Sendmail | Smtpd | Qmqpd | Forward | Bounce | Notify | Verify,
}

/// <summary>What cleanup is told about mail of a class.</summary>
public static class MailClassFlags
{
    private const MailClasses MadeHere = MailClasses.Forward | MailClasses.Bounce | MailClasses.Notify | MailClasses.Verify;

    /// <exception cref="ConfigurationException">A word that is no class.</exception>
    public static CleanupFlags Load(ParameterSet parameters, MailClasses origin)
    {
        var flags = parameters.Get(Parameters.Smtputf8Enable) && (Read(parameters, Parameters.Smtputf8AutodetectClasses, MailClasses.All) & origin) != 0
            ? CleanupFlags.DetectSmtpUtf8
            : CleanupFlags.None;
        if ((origin & MadeHere) == 0)
        {
            return flags;
        }

        // What was let in once, or is our own, is neither inspected nor copied again.
        var filtered = Read(parameters, Parameters.InternalMailFilterClasses, MailClasses.Bounce | MailClasses.Notify);
        return flags | CleanupFlags.InternalMail
            | ((filtered & origin) != 0 ? CleanupFlags.None : CleanupFlags.NoHeaderBodyChecks | CleanupFlags.NoMilters);
    }

    private static MailClasses Read(ParameterSet parameters, StringParameter parameter, MailClasses known)
    {
        var value = parameters.Get(parameter);
        var classes = MailClasses.None;
        foreach (var word in WordList.Split(value))
        {
            var named = Named(word);
            classes |= named != MailClasses.None && (named & ~known) == 0
                ? named
                : throw new ConfigurationException($"unknown {parameter.Name} value \"{word}\" in \"{value}\"");
        }

        return classes;
    }

    private static MailClasses Named(string word) => word.ToLowerInvariant() switch
    {
        "sendmail" => MailClasses.Sendmail,
        "smtpd" => MailClasses.Smtpd,
        "qmqpd" => MailClasses.Qmqpd,
        "forward" => MailClasses.Forward,
        "bounce" => MailClasses.Bounce,
        "notify" => MailClasses.Notify,
        "verify" => MailClasses.Verify,
        "all" => MailClasses.All,
        _ => MailClasses.None,
    };
}
