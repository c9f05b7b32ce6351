using Estafeta.Configuration;
using Estafeta.Services.Cleaning;

namespace Estafeta.Tests.Services.Cleaning;

public class MailClassFlagsTests
{
    private const CleanupFlags Unfiltered = CleanupFlags.InternalMail | CleanupFlags.NoHeaderBodyChecks | CleanupFlags.NoMilters;

    [Theory]
    [InlineData("", MailClasses.Sendmail, CleanupFlags.DetectSmtpUtf8)]
    [InlineData("", MailClasses.Smtpd, CleanupFlags.None)]
    [InlineData("", MailClasses.Verify, Unfiltered | CleanupFlags.DetectSmtpUtf8)]
    [InlineData("", MailClasses.Forward, Unfiltered)]
    [InlineData("", MailClasses.Bounce, Unfiltered)]
    [InlineData("", MailClasses.Notify, Unfiltered)]
    [InlineData("smtputf8_autodetect_classes = all", MailClasses.Smtpd, CleanupFlags.DetectSmtpUtf8)]
    [InlineData("smtputf8_autodetect_classes = all", MailClasses.Qmqpd, CleanupFlags.DetectSmtpUtf8)]
    [InlineData("smtputf8_autodetect_classes = smtpd forward", MailClasses.Forward, Unfiltered | CleanupFlags.DetectSmtpUtf8)]
    [InlineData("smtputf8_autodetect_classes = smtpd, forward", MailClasses.Sendmail, CleanupFlags.None)]
    [InlineData("smtputf8_autodetect_classes = all\nsmtputf8_enable = no", MailClasses.Smtpd, CleanupFlags.None)]
    [InlineData("internal_mail_filter_classes = bounce", MailClasses.Bounce, CleanupFlags.InternalMail)]
    [InlineData("internal_mail_filter_classes = bounce", MailClasses.Notify, Unfiltered)]
    [InlineData("internal_mail_filter_classes = bounce, notify", MailClasses.Notify, CleanupFlags.InternalMail)]
    public void Classes_TellCleanupWhatToDo(string parameters, MailClasses origin, CleanupFlags expected) =>
        Assert.Equal(expected, MailClassFlags.Load(ParameterSet.Parse("smtputf8_enable = yes\n" + parameters), origin));

    [Theory]
    [InlineData("smtputf8_autodetect_classes = sendmail, bounces", "unknown smtputf8_autodetect_classes value \"bounces\" in \"sendmail, bounces\"")]
    [InlineData("internal_mail_filter_classes = forward", "unknown internal_mail_filter_classes value \"forward\" in \"forward\"")]
    public void UnknownClass_IsRefused(string parameters, string problem)
    {
        var refusal = Assert.Throws<ConfigurationException>(() => MailClassFlags.Load(ParameterSet.Parse("smtputf8_enable = yes\n" + parameters), MailClasses.Bounce));
        Assert.Equal(problem, refusal.Message);
    }
}
