namespace Estafeta.Services.Submission;

/// <summary>
/// The records of a locally submitted message, on the pipe from sendmail to postdrop and in a maildrop file. Each is its letter,
/// the number of its octets in decimal, a colon, the octets, and a line feed: <c>R15:user@example.com</c>. Length-prefixed, so no octet
/// in an address or in content can be taken for structure. Order: A* F? S (N? R)* C* (N? R)* E; T first, in files.
/// </summary>
public static class SubmissionRecord
{
    /// <summary>When postdrop took the message: microseconds since 1970. Only postdrop writes it.</summary>
    public const byte Time = (byte)'T';

    /// <summary><c>name=value</c>, see <see cref="SubmissionAttribute"/>.</summary>
    public const byte Attribute = (byte)'A';

    /// <summary>The sender's full name.</summary>
    public const byte FullName = (byte)'F';

    /// <summary>Envelope sender, internal form.</summary>
    public const byte Sender = (byte)'S';

    /// <summary>DSN notification wishes for the recipients that follow: <see cref="Mail.Dsn.DsnNotify"/> as a number.</summary>
    public const byte Notify = (byte)'N';

    /// <summary>Envelope recipient, internal form.</summary>
    public const byte Recipient = (byte)'R';

    /// <summary>A piece of content, lines ending in LF; pieces end anywhere.</summary>
    public const byte Content = (byte)'C';

    /// <summary>The message is complete.</summary>
    public const byte End = (byte)'E';

    /// <summary>Longest content record.</summary>
    public const int MaximumContentOctets = 64 * 1024;

    /// <summary>Longest record of any other kind.</summary>
    public const int MaximumTextOctets = 32 * 1024;
}

/// <summary>Names of attribute records.</summary>
public static class SubmissionAttribute
{
    /// <summary><c>7bit</c> or <c>8bit</c> (sendmail -B).</summary>
    public const string Encoding = "encoding";

    /// <summary>sendmail -V.</summary>
    public const string EnvelopeId = "envelope_id";

    /// <summary><c>full</c> or <c>hdrs</c> (sendmail -R).</summary>
    public const string Return = "return";

    /// <summary><c>verify</c> (-bv) or <c>record</c> (-v).</summary>
    public const string Trace = "trace";

    /// <summary>Two delimiters (-XV).</summary>
    public const string Verp = "verp";

    /// <summary><c>remote</c>: headers are not those of a local user (-G).</summary>
    public const string RewriteContext = "rewrite_context";

    /// <summary><c>yes</c> or <c>no</c> (-O smtputf8=).</summary>
    public const string SmtpUtf8 = "smtputf8";

    /// <summary><c>yes</c> (-O requiretls=).</summary>
    public const string RequireTls = "requiretls";

    public static bool IsKnown(string name) =>
        name is Encoding or EnvelopeId or Return or Trace or Verp or RewriteContext or SmtpUtf8 or RequireTls;
}
