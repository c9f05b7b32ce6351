using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Daemons.Bounce;

/// <summary>
/// The four templates: built in, or as bounce_template_file has them. Postfix's texts, which people and programs recognise.
/// </summary>
public sealed record BounceTemplates(BounceTemplate Failure, BounceTemplate Delay, BounceTemplate Success, BounceTemplate Verify)
{
    private const string BuiltIn = "[built-in]";

    private const string Help = """
        For further assistance, please send mail to postmaster.

        If you do so, please include this problem report. You can
        delete your own text from the attached returned message.

                           The mail system

        """;

    private static readonly (string Unit, int Seconds)[] Units =
        [("seconds", 1), ("minutes", 60), ("hours", 3600), ("days", 86400), ("weeks", 604800)];

    /// <summary>The templates as written, <c>$parameters</c> unexpanded.</summary>
    public static BounceTemplates Read(ParameterSet parameters, Action<string> warn)
    {
        var templates = Default(parameters.Get(Parameters.HeaderFromFormat) == "obsolete");
        var file = parameters.Get(Parameters.BounceTemplateFile);
        return file.Length > 0 ? templates.ReadFile(file, warn) : templates;
    }

    public static BounceTemplates Load(ParameterSet parameters, Action<string> warn)
    {
        var templates = Read(parameters, warn);
        var expansion = WithTimes(parameters);
        return new BounceTemplates(
            templates.Failure.Expand(expansion),
            WarnOfZero(templates.Delay, parameters, warn).Expand(expansion),
            templates.Success.Expand(expansion),
            templates.Verify.Expand(expansion));
    }

    public static BounceTemplates Default(bool hasObsoleteFrom)
    {
        var from = hasObsoleteFrom ? "MAILER-DAEMON (Mail Delivery System)" : "Mail Delivery System <MAILER-DAEMON>";
        return new BounceTemplates(
            new BounceTemplate
            {
                Origin = BuiltIn,
                From = from,
                Subject = "Undelivered Mail Returned to Sender",
                PostmasterSubject = "Postmaster Copy: Undelivered Mail",
                Text = """
                    This is the mail system at host $myhostname.

                    I'm sorry to have to inform you that your message could not
                    be delivered to one or more recipients. It's attached below.


                    """ + Help,
            },
            new BounceTemplate
            {
                Origin = BuiltIn,
                From = from,
                Subject = "Delayed Mail (still being retried)",
                PostmasterSubject = "Postmaster Warning: Delayed Mail",
                Text = """
                    This is the mail system at host $myhostname.

                    ####################################################################
                    # THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #
                    ####################################################################

                    Your message could not be delivered for more than $delay_warning_time_hours hour(s).
                    It will be retried until it is $maximal_queue_lifetime_days day(s) old.


                    """ + Help,
            },
            new BounceTemplate
            {
                Origin = BuiltIn,
                From = from,
                Subject = "Successful Mail Delivery Report",
                Text = """
                    This is the mail system at host $myhostname.

                    Your message was successfully delivered to the destination(s)
                    listed below. If the message was delivered to mailbox you will
                    receive no further notifications. Otherwise you may still receive
                    notifications of mail delivery errors from other systems.

                                       The mail system

                    """,
            },
            new BounceTemplate
            {
                Origin = BuiltIn,
                From = from,
                Subject = "Mail Delivery Status Report",
                Text = """
                    This is the mail system at host $myhostname.

                    Enclosed is the mail delivery report that you requested.

                                       The mail system

                    """,
            });
    }

    private BounceTemplates ReadFile(string file, Action<string> warn)
    {
        try
        {
            var result = this;
            foreach (var (name, template) in BounceTemplateFile.Parse(File.ReadAllText(file), file, this))
            {
                result = name switch
                {
                    BounceTemplateFile.Failure => result with { Failure = template },
                    BounceTemplateFile.Delay => result with { Delay = template },
                    BounceTemplateFile.Success => result with { Success = template },
                    _ => result with { Verify = template },
                };
            }

            return result;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ConfigurationException)
        {
            warn($"{file}: {e.Message} -- using built-in templates");
            return this;
        }
    }

    private static ParameterSet WithTimes(ParameterSet parameters)
    {
        var times = new List<KeyValuePair<string, string>>();
        foreach (var (unit, seconds) in Units)
        {
            Add("delay_warning_time", parameters.Get(Parameters.DelayWarningTime));
            Add("maximal_queue_lifetime", parameters.Get(Parameters.MaximalQueueLifetime));

            void Add(string name, TimeSpan value) =>
                times.Add(new($"{name}_{unit}", ((long)value.TotalSeconds / seconds).ToString(CultureInfo.InvariantCulture)));
        }

        return parameters.With(times);
    }

    private static BounceTemplate WarnOfZero(BounceTemplate template, ParameterSet parameters, Action<string> warn)
    {
        var warning = parameters.Get(Parameters.DelayWarningTime);
        foreach (var (unit, seconds) in Units)
        {
            var name = "delay_warning_time_" + unit;
            if (warning > TimeSpan.Zero && warning.TotalSeconds < seconds && template.Text.Contains("$" + name, StringComparison.Ordinal))
            {
                warn($"{template.Origin}: zero result in delay template conversion of parameter \"{name}\"");
                warn($"please reduce time unit \"{unit}\" of \"{name}\" in delay template");
                warn("for instructions see the bounce(5) manual");
            }
        }

        return template;
    }
}
