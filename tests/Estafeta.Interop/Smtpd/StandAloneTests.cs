using Estafeta.TestSystem;

namespace Estafeta.Interop.Smtpd;

/// <summary><c>sendmail -bs</c>: SMTP on standard input and output, mail through maildrop.</summary>
public sealed class StandAloneTests
{
    private const string You = "you@" + MailSystem.Domain;

    [Fact]
    public void Message_GoesThroughMaildrop_AlsoWhileTheSystemIsDown()
    {
        using var system = new MailSystem("smtpd_forbid_unauth_pipelining = no");
        system.Start();
        system.Stop();
        var (status, output) = system.Run(
            "sendmail",
            ["-bs"],
            $"EHLO here\r\nMAIL FROM:<{You}> ENVID=x\r\nRCPT TO:<{You}> NOTIFY=NEVER\r\nRCPT TO:<a@@>\r\nDATA\r\nSubject: by hand\r\n\r\n..one dot\r\n.\r\nQUIT\r\n");
        Assert.Equal(0, status);
        var replies = output.Split("\r\n");
        Assert.Equal("220 mail.example.test ESMTP Postfix", replies[0]);
        Assert.Contains("250 2.1.0 Ok", replies);
        Assert.Contains("501 5.1.3 Bad recipient address syntax", replies);
        Assert.Matches("^250 2.0.0 Ok: queued as [0-9A-Za-z]{6,}$", replies[^3]);
        Assert.Equal("221 2.0.0 Bye", replies[^2]);
        system.Start();
        Assert.EndsWith("\n\n.one dot\n", system.Delivered("you", 1)[0]);
    }

    [Fact]
    public void Sender_OfSomebodyElse_IsNotTaken()
    {
        using var system = new MailSystem("local_login_sender_maps = inline:{ { root = @example.test }, { uid:12345 = * } }");
        system.Start();
        Assert.Equal(0, system.Run("sendmail", ["-f", $"any@{MailSystem.Domain}", You], "Subject: own\n\nx\n").Status);
        var (status, output) = system.Run("sendmail", ["-f", "any@elsewhere.test", You], "Subject: not own\n\nx\n");
        Assert.Equal(75, status);
        Assert.Contains("fatal: any@elsewhere.test(0): not authorized to use sender='any@elsewhere.test'\n", output);
        Assert.Contains("Subject: own\n", system.Delivered("you", 1)[0]);
    }

    [Fact]
    public void Unauthorized_MayNotSubmit()
    {
        using var system = new MailSystem("authorized_submit_users = !root, static:all\nsmtpd_forbid_unauth_pipelining = no");
        system.Start();
        var (_, output) = system.Run("sendmail", ["-bs"], $"HELO x\r\nMAIL FROM:<{You}>\r\nRCPT TO:<{You}>\r\nDATA\r\nx\r\n.\r\nQUIT\r\n");
        Assert.Contains("\r\n451 4.3.0 Error: User root(0) is not allowed to submit mail\r\n", output);
    }
}
