using Estafeta.Mail.Smtp;

namespace Estafeta.Mail.Dsn;

/// <summary>The values of NOTIFY= and ORCPT= (RFC 3461 §4.1, §4.2): of RCPT TO, of a recipient that a milter adds, of <c>sendmail -N</c>.</summary>
public static class RecipientDsn
{
    /// <param name="text">Words between commas or white space.</param>
    /// <param name="notify">What they say; meaningless when the result is false.</param>
    /// <param name="unknown">The word nobody knows, when that is what is wrong.</param>
    public static bool TryReadNotify(string text, out DsnNotify notify, out string? unknown)
    {
        notify = DsnNotify.Unspecified;
        unknown = null;
        foreach (var word in text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            var flag = word.ToUpperInvariant() switch
            {
                "SUCCESS" => DsnNotify.Success,
                "FAILURE" => DsnNotify.Failure,
                "DELAY" => DsnNotify.Delay,
                "NEVER" => DsnNotify.Never,
                _ => DsnNotify.Unspecified,
            };
            if (flag == DsnNotify.Unspecified)
            {
                unknown = word;
                return false;
            }

            notify |= flag;
        }

        // NEVER stands alone.
        return notify != DsnNotify.Unspecified && (!notify.HasFlag(DsnNotify.Never) || notify == DsnNotify.Never);
    }

    /// <summary><c>type;xtext</c>, kept decoded.</summary>
    public static bool TryReadOriginalRecipient(ReadOnlySpan<char> text, out string? recipient)
    {
        recipient = null;
        var semicolon = text.IndexOf(';');
        if (semicolon <= 0 || !Xtext.TryDecode(text[(semicolon + 1)..], out var decoded) || Xtext.HasControls(decoded))
        {
            return false;
        }

        recipient = $"{text[..semicolon]};{decoded}";
        return true;
    }
}
