namespace Estafeta.Daemons.Smtpd;

/// <summary>Who the client has shown to be.</summary>
internal sealed partial class SmtpdSession
{
    /// <summary>After a successful AUTH.</summary>
    public void LogIn(string mechanism, string user)
    {
        Subject.SaslMethod = Auth.Printable.Clean(mechanism);
        Subject.SaslUsername = Auth.Printable.Clean(user);
        RefreshTrace();
    }

    private void ForgetLogin() => Subject.SaslMethod = Subject.SaslUsername = Subject.SaslSender = "";
}
