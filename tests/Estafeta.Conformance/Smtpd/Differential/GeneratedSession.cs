namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>
/// A random but reproducible SMTP session: mostly sensible, with mistakes of every kind in between. Left out for what 3.12 does otherwise: HELP (new in
/// 3.8), temporary failures of Dovecot (454 instead of 535). A refused SIZE= is remembered by Postfix for the next MAIL, which nobody needs.
/// </summary>
internal sealed class GeneratedSession
{
    private static readonly string[] Noise =
    [
        "NOOP", "NOOP x", "RSET", "RSET x", "EXPN list", "VRFY <known@mail.example.com>", "VRFY ghost", "VRFY", "VRFY user@good.example", "VRFY u@va.example SMTPUTF8", "ETRN good.example", "ETRN nowhere.example",
        "ETRN", "ETRN -x-", "BOGUS", "BOGUS with words", "", " ", "MAIL", "MAIL FROM:", "MAIL TO:<a@b>", "RCPT", "RCPT TO:", "RCPT FROM:<a@b>", "RCPT TO:<u@relay.example>", "DATA", "DATA x", "BDAT", "BDAT x", "BDAT 0 LAST",
        "AUTH", "AUTH NOSUCH", "AUTH PLAIN reas", "AUTH PLAIN nouser", "STARTTLS", "STARTTLS x", "QUIT x", "XCLIENT", "XCLIENT FOO=bar", "XFORWARD NAME=x", "mail from:<user@good.example>",
        "MAIL FROM:<user@good.example> SIZE=100", "MAIL FROM:<user@good.example> NONSENSE", "XNOOP",
    ];

    private static readonly string[] MailParameters =
    [
        " SIZE=100", " SIZE=x", " SIZE=", " BODY=8BITMIME", " BODY=7BIT", " BODY=x", " RET=HDRS", " RET=FULL ENVID=abc", " RET=x", " ENVID=+41", " ENVID=", " AUTH=<>", " AUTH=joe@example.com",
        " SMTPUTF8", " FOO=bar", " RET=HDRS RET=FULL", " AUTH=+", " SIZE=1 BODY=8BITMIME RET=HDRS ENVID=x",
    ];

    private static readonly string[] RcptParameters =
    [
        " NOTIFY=NEVER", " NOTIFY=SUCCESS,FAILURE", " NOTIFY=NEVER,DELAY", " NOTIFY=x", " NOTIFY=", " ORCPT=rfc822;a+40b", " ORCPT=x", " ORCPT=rfc822;", " FOO", " NOTIFY=DELAY ORCPT=rfc822;u@x",
    ];

    private readonly Random _random;
    private readonly List<Step> _steps = [];
    private bool _isExtended;

    public GeneratedSession(int seed)
    {
        _random = new Random(seed);
        if (_random.Next(10) < 9)
        {
            var login = _random.Next(4) == 0 ? " LOGIN=" + Pick(World.Logins) : "";
            Say("XCLIENT " + Pick(World.Clients) + login);
        }

        MaybeNoise(15);
        if (_random.Next(10) < 9)
        {
            Greet();
        }

        for (var transactions = _random.Next(1, 4); transactions > 0; transactions--)
        {
            MaybeNoise(20);
            Transact();
        }

        if (_random.Next(10) < 8)
        {
            Say("QUIT");
        }
    }

    public IReadOnlyList<Step> Steps => _steps;

    private void Greet()
    {
        _isExtended = _random.Next(10) < 8;
        Say((_isExtended ? "EHLO " : "HELO ") + (_random.Next(30) == 0 ? "" : Pick(World.Helos)));
    }

    private void Transact()
    {
        var sender = Pick(World.Senders);
        var mail = $"MAIL FROM:{sender}{(sender.EndsWith('>') ? Maybe(MailParameters) : "")}";
        var recipients = new List<string>();
        for (var count = _random.Next(1, 5); count > 0; count--)
        {
            recipients.Add($"RCPT TO:{Pick(World.Recipients)}{Maybe(RcptParameters)}");
        }

        var isData = _random.Next(10) < 5;
        if (_isExtended && _random.Next(3) == 0)
        {
            List<string> group = [mail, .. recipients];
            if (isData)
            {
                group.Add("DATA");
            }

            _steps.Add(new Step(string.Concat(group.Select(c => c + "\r\n")), group.Count, isData ? Content() : null));
        }
        else
        {
            Say(mail);
            foreach (var recipient in recipients)
            {
                MaybeNoise(4);
                Say(recipient);
            }

            if (isData)
            {
                _steps.Add(new Step("DATA\r\n", 1, Content()));
            }
        }

        if (isData)
        {
            Say("RSET"); // 3.12 forgets a transaction that end-of-data restrictions refused, 3.7 does not
        }
        else
        {
            EndWithoutData();
        }
    }

    private void EndWithoutData()
    {
        switch (_random.Next(4))
        {
            case 0 when _isExtended:
                Chunks();
                break;
            case 1:
                Greet();
                break;
            default:
                Say("RSET");
                break;
        }
    }

    private void Chunks()
    {
        for (var count = _random.Next(0, 3); count > 0; count--)
        {
            _steps.Add(new Step("BDAT 12\r\nSubject: x\r\n", 1));
            if (_random.Next(8) == 0)
            {
                Say(Pick(["NOOP", "DATA", "BOGUS"]));
            }
        }

        var content = _random.Next(10) == 0 ? string.Concat(Enumerable.Repeat("0123456789\r\n", 400)) : new string('b', _random.Next(0, 60));
        _steps.Add(new Step($"BDAT {content.Length} LAST\r\n{content}", 1));

        // 3.12 forgets the transaction after a BDAT that failed, 3.7 does not.
        Say("RSET");
    }

    private string Content() => _random.Next(8) switch
    {
        0 => ".\r\n",
        1 => "Subject: x\r\n\r\n..stuffed\r\n.\r\n",
        2 => $"Subject: long\r\n\r\n{string.Concat(Enumerable.Repeat("0123456789\r\n", 400))}.\r\n",
        3 => "From: <a@b.example>\r\nTo: x\r\n\r\n8-bit \xe4\r\n.\r\n",
        4 => "no header\r\n.\r\n",
        _ => "Subject: x\r\n\r\nhello\r\n.\r\n",
    };

    private void MaybeNoise(int percent)
    {
        while (_random.Next(100) < percent)
        {
            Say(Pick(Noise));
        }
    }

    private void Say(string line) => _steps.Add(new Step(line + "\r\n", 1));

    private string Maybe(string[] parameters) => _random.Next(100) < 18 ? Pick(parameters) : "";

    private string Pick(string[] values) => values[_random.Next(values.Length)];
}
