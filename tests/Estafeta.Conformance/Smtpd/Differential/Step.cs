namespace Estafeta.Conformance.Smtpd.Differential;

/// <param name="Text">Sent in one go, CRLF included.</param>
/// <param name="Replies">How many replies it gets.</param>
/// <param name="Content">Sent when the last reply is 354; it gets one more. Null: an empty message.</param>
internal sealed record Step(string Text, int Replies, string? Content = null)
{
    public override string ToString() => "C: " + Text.Replace("\r\n", "\\r\\n", StringComparison.Ordinal)
        + (Content == null ? "" : "  <" + Content.Replace("\r\n", "\\r\\n", StringComparison.Ordinal) + ">");
}
