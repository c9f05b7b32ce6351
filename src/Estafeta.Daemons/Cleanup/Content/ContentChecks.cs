using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Mail.Headers;
using Estafeta.Mail.Mime;
using Estafeta.Services.ContentChecks;
using Estafeta.Tables;

namespace Estafeta.Daemons.Cleanup;

/// <summary>The content tables and strictness settings of a cleanup service.</summary>
public sealed class ContentChecks
{
    public required ContentTable Header { get; init; }

    public required ContentTable MimeHeader { get; init; }

    public required ContentTable NestedHeader { get; init; }

    public required ContentTable Body { get; init; }

    /// <summary>body_checks_size_limit: octets of each part.</summary>
    public int BodySizeLimit { get; init; }

    /// <summary>line_length_limit: a longer line is looked at in pieces.</summary>
    public int LineLengthLimit { get; init; }

    /// <summary>strict_7bit_headers or strict_8bitmime.</summary>
    public bool Strict7BitHeaders { get; init; }

    /// <summary>strict_8bitmime_body or strict_8bitmime.</summary>
    public bool Strict8BitBody { get; init; }

    /// <summary>strict_mime_encoding_domain.</summary>
    public bool StrictEncodingDomain { get; init; }

    /// <summary>Nesting beyond mime_nesting_limit is refused: somebody looks at headers within, or is strict. Else it is only read no further.</summary>
    public bool RefusesDeepNesting =>
        Strict7BitHeaders || Strict8BitBody || StrictEncodingDomain || !Header.IsEmpty || !MimeHeader.IsEmpty || !NestedHeader.IsEmpty;

    public static ContentChecks Open(ParameterSet parameters, TableSet tables, Action<string> warn)
    {
        // Without MIME processing nothing is strict about it either.
        var readsMime = !parameters.Get(Parameters.DisableMimeInputProcessing);
        return new()
        {
            Header = ContentTable.Open(Parameters.HeaderChecks, tables, warn),
            MimeHeader = ContentTable.Open(Parameters.MimeHeaderChecks, tables, warn),
            NestedHeader = ContentTable.Open(Parameters.NestedHeaderChecks, tables, warn),
            Body = ContentTable.Open(Parameters.BodyChecks, tables, warn),
            BodySizeLimit = parameters.Get(Parameters.BodyChecksSizeLimit),
            LineLengthLimit = parameters.Get(Parameters.LineLengthLimit),
            Strict7BitHeaders = readsMime && (parameters.Get(Parameters.Strict7bitHeaders) || parameters.Get(Parameters.Strict8bitmime)),
            Strict8BitBody = readsMime && (parameters.Get(Parameters.Strict8bitmimeBody) || parameters.Get(Parameters.Strict8bitmime)),
            StrictEncodingDomain = readsMime && parameters.Get(Parameters.StrictMimeEncodingDomain),
        };
    }

    /// <summary>The table for a header: MIME headers have their own wherever they stand.</summary>
    public ContentTable TableFor(HeaderField field, MimeSection section) =>
        section == MimeSection.Part || field.Traits.HasFlag(HeaderTraits.Mime) ? MimeHeader
        : section == MimeSection.Nested ? NestedHeader
        : Header;
}
