using Estafeta.Mail.Dsn;

namespace Estafeta.Services.ContentChecks;

/// <summary>The text of a REJECT action: an enhanced status code of class 4 or 5, and words; what is missing is supplied.</summary>
public static class RejectText
{
    /// <returns><c>5.7.1 message content rejected</c>, and whether it is for good.</returns>
    public static (string Text, bool IsPermanent) Complete(string text, Action<string> warn)
    {
        if (text.Length == 0)
        {
            return ("5.7.1 message content rejected", true);
        }

        if (!EnhancedStatus.TryParse(text, out var status, out var length))
        {
            return ("5.7.1 " + text, true);
        }

        if (status.IsSuccess)
        {
            warn($"bad DSN action in {text} -- need 4.x.x or 5.x.x");
            status = status.WithClass(4);
        }

        return ($"{status} {text[length..].TrimStart()}".TrimEnd(), status.IsPermanent);
    }
}
