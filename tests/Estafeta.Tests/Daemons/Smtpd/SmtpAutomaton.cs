namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>
/// The SMTP state machine as RFC 5321, RFC 3030 and Postfix define it, written down a second time and as plainly as possible: what the server
/// must answer to each step of a random walk, and which messages it may take.
/// </summary>
internal sealed class SmtpAutomaton
{
    private enum Chunks
    {
        None,
        Taken,
        Refused,
    }

    private bool _inMail;
    private int _recipients;
    private Chunks _chunks;

    /// <summary>Recipients of each message that must have been queued.</summary>
    public List<int> Queued { get; } = [];

    /// <summary>The first three digits of the reply; a second one follows for DATA when it answers 354.</summary>
    public string[] Expect(SmtpStep step) => step.Kind switch
    {
        SmtpStepKind.Helo => Reset("250"),
        SmtpStepKind.Rset => Reset("250"),
        SmtpStepKind.Noop => ["250"],
        SmtpStepKind.Vrfy => ["252"],
        SmtpStepKind.Help => ["214"],
        SmtpStepKind.Unknown => ["500"],
        SmtpStepKind.Etrn => [_inMail ? "503" : "459"],
        SmtpStepKind.Starttls => ["502"],
        SmtpStepKind.Auth => ["503"],
        SmtpStepKind.Xclient => [_inMail ? "503" : "550"],
        SmtpStepKind.Mail => [Mail()],
        SmtpStepKind.BadMail => [_inMail || _chunks != Chunks.None ? "503" : "501"],
        SmtpStepKind.Rcpt => [Rcpt("250")],
        SmtpStepKind.UnknownRcpt => [Rcpt("550")],
        SmtpStepKind.BadRcpt => [Rcpt("501")],
        SmtpStepKind.Data => Data(),
        SmtpStepKind.Chunk => [Chunk(isLast: false)],
        SmtpStepKind.NullChunk => [NullChunk()],
        _ => [Chunk(isLast: true)],
    };

    private string[] Reset(string code)
    {
        _inMail = false;
        _recipients = 0;
        _chunks = Chunks.None;
        return [code];
    }

    private string Mail()
    {
        if (_inMail || _chunks != Chunks.None)
        {
            return "503";
        }

        _inMail = true;
        return "250";
    }

    private string Rcpt(string code)
    {
        if (!_inMail || _chunks != Chunks.None)
        {
            return "503";
        }

        _recipients += code == "250" ? 1 : 0;
        return code;
    }

    private string[] Data()
    {
        if (_chunks != Chunks.None || !_inMail)
        {
            return ["503"];
        }

        return _recipients == 0 ? ["554"] : ["354", Take()];
    }

    private string Chunk(bool isLast)
    {
        if (_chunks == Chunks.Refused || !_inMail || _recipients == 0)
        {
            var code = _chunks == Chunks.Refused ? "551" : _inMail ? "554" : "503";
            Refuse(isLast);
            return code;
        }

        _chunks = isLast ? Chunks.None : Chunks.Taken;
        return isLast ? Take() : "250";
    }

    private string NullChunk()
    {
        var code = _chunks == Chunks.Refused || (_inMail && _recipients > 0) ? "551" : _inMail ? "554" : "503";
        Refuse(isLast: false);
        return code;
    }

    private void Refuse(bool isLast)
    {
        Reset("");
        _chunks = isLast ? Chunks.None : Chunks.Refused;
    }

    private string Take()
    {
        Queued.Add(_recipients);
        Reset("");
        return "250";
    }
}

internal enum SmtpStepKind
{
    Helo,
    Rset,
    Noop,
    Vrfy,
    Help,
    Unknown,
    Etrn,
    Starttls,
    Auth,
    Xclient,
    Mail,
    BadMail,
    Rcpt,
    UnknownRcpt,
    BadRcpt,
    Data,
    Chunk,
    NullChunk,
    LastChunk,
}

internal readonly record struct SmtpStep(SmtpStepKind Kind)
{
    public string Command => Kind switch
    {
        SmtpStepKind.Helo => "EHLO x\r\n",
        SmtpStepKind.Rset => "RSET\r\n",
        SmtpStepKind.Noop => "NOOP\r\n",
        SmtpStepKind.Vrfy => "VRFY root\r\n",
        SmtpStepKind.Help => "HELP\r\n",
        SmtpStepKind.Unknown => "FOO bar\r\n",
        SmtpStepKind.Etrn => "ETRN x.example\r\n",
        SmtpStepKind.Starttls => "STARTTLS\r\n",
        SmtpStepKind.Auth => "AUTH PLAIN x\r\n",
        SmtpStepKind.Xclient => "XCLIENT ADDR=127.0.0.1\r\n",
        SmtpStepKind.Mail => "MAIL FROM:<a@b.example>\r\n",
        SmtpStepKind.BadMail => "MAIL FROM:<a@>\r\n",
        SmtpStepKind.Rcpt => "RCPT TO:<root@mail.example.com>\r\n",
        SmtpStepKind.UnknownRcpt => "RCPT TO:<nosuch@mail.example.com>\r\n",
        SmtpStepKind.BadRcpt => "RCPT TO:<>\r\n",
        SmtpStepKind.Data => "DATA\r\n",
        SmtpStepKind.Chunk => "BDAT 5\r\nQUIT\n",
        SmtpStepKind.NullChunk => "BDAT 0\r\n",
        _ => "BDAT 6 LAST\r\n.\r\n.\r\n",
    };
}
