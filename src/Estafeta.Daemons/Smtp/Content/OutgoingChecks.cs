using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Headers;
using Estafeta.Mail.Mime;
using Estafeta.Services.ContentChecks;
using Estafeta.Tables;

namespace Estafeta.Daemons.Smtp;

/// <summary>
/// smtp_header_checks, smtp_mime_header_checks, smtp_nested_header_checks and smtp_body_checks: lines are changed or logged on their way out. Where
/// the message goes, and whether, is decided already.
/// </summary>
internal sealed class OutgoingChecks
{
    public required ContentTable Header { get; init; }

    public required ContentTable MimeHeader { get; init; }

    public required ContentTable NestedHeader { get; init; }

    public required ContentTable Body { get; init; }

    public required int HeaderSizeLimit { get; init; }

    public required int BoundaryLengthLimit { get; init; }

    public required int NestingLimit { get; init; }

    /// <summary>line_length_limit: a longer line is looked at in pieces.</summary>
    public required int LineLengthLimit { get; init; }

    public bool IsEmpty => Header.IsEmpty && !LooksAtBody;

    /// <summary>Whether anything behind the message's own header can match.</summary>
    public bool LooksAtBody => !MimeHeader.IsEmpty || !NestedHeader.IsEmpty || !Body.IsEmpty;

    public static OutgoingChecks Open(SmtpParameters p, TableSet tables, Action<string> warn)
    {
        return new OutgoingChecks
        {
            Header = Open(Parameters.SmtpHeaderChecks, Parameters.LmtpHeaderChecks),
            MimeHeader = Open(Parameters.SmtpMimeHeaderChecks, Parameters.LmtpMimeHeaderChecks),
            NestedHeader = Open(Parameters.SmtpNestedHeaderChecks, Parameters.LmtpNestedHeaderChecks),
            Body = Open(Parameters.SmtpBodyChecks, Parameters.LmtpBodyChecks),
            HeaderSizeLimit = p.All.Get(Parameters.HeaderSizeLimit),
            BoundaryLengthLimit = p.All.Get(Parameters.MimeBoundaryLengthLimit),
            NestingLimit = p.All.Get(Parameters.MimeNestingLimit),
            LineLengthLimit = p.All.Get(Parameters.LineLengthLimit),
        };

        ContentTable Open(StringParameter smtp, StringParameter lmtp) =>
            ContentTable.OpenForDelivery(p.Name(smtp, lmtp), p.Text(smtp, lmtp), tables, warn);
    }

    /// <summary>The table for a header: MIME headers have their own wherever they stand.</summary>
    public ContentTable TableFor(HeaderField field, MimeSection section) =>
        section == MimeSection.Part || field.Traits.HasFlag(HeaderTraits.Mime) ? MimeHeader
        : section == MimeSection.Nested ? NestedHeader
        : Header;
}
