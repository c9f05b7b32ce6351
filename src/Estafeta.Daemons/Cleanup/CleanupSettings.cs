using System.Collections.Frozen;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Lists;
using Estafeta.Mail.Headers;
using Estafeta.Services.Logging;

namespace Estafeta.Daemons.Cleanup;

/// <summary>What cleanup(8) reads from main.cf and its master.cf entry's -o options. Every entry has its own.</summary>
public sealed record CleanupSettings
{
    public required string Myhostname { get; init; }

    /// <summary>How long a new message may wait for the queue manager to catch up; zero is not at all.</summary>
    public TimeSpan InFlowDelay { get; init; }

    public long MessageSizeLimit { get; init; }

    public int HeaderSizeLimit { get; init; }

    public int HeaderAddressTokenLimit { get; init; }

    public int HopcountLimit { get; init; }

    /// <summary>info_log_address_format.</summary>
    public LoggedAddressForm Addresses { get; init; }

    public int MimeBoundaryLengthLimit { get; init; }

    public int MimeNestingLimit { get; init; }

    /// <summary>disable_mime_input_processing turned round: content is taken apart by its MIME structure.</summary>
    public bool ReadsMime { get; init; }

    public bool ForceMimeInputConversion { get; init; }

    public bool AlwaysAddMissingHeaders { get; init; }

    public string UndisclosedRecipientsHeader { get; init; } = "";

    public bool StandardFromFormat { get; init; }

    public string FullNameEncodingCharset { get; init; } = "utf-8";

    public bool ReplaceStrayCrLf { get; init; }

    public bool Detect8BitEncodingHeader { get; init; }

    public EndOfHeaderAction NonEmptyEndOfHeader { get; init; }

    public bool EnableLongQueueIds { get; init; }

    public bool EnableOriginalRecipient { get; init; }

    public int DuplicateFilterLimit { get; init; }

    public int VirtualAliasExpansionLimit { get; init; }

    public int VirtualAliasRecursionLimit { get; init; }

    public int VirtualAliasAddressLengthLimit { get; init; }

    public string EmptyAddressRecipient { get; init; } = "MAILER-DAEMON";

    public string AlwaysBcc { get; init; } = "";

    public bool TlsRequiredEnable { get; init; }

    /// <summary>requiretls_esmtp_header: <c>Require-TLS-ESMTP: yes</c> stands for REQUIRETLS, which content filters do not pass on.</summary>
    public bool RequireTlsByHeader { get; init; }

    public bool PropagatesCanonicalExtension { get; init; }

    public bool PropagatesVirtualExtension { get; init; }

    /// <summary>Null when content may have any octet.</summary>
    internal ContentCharacters? Characters { get; init; }

    /// <summary>Lower-case names of headers that are taken out (message_drop_headers).</summary>
    public required FrozenSet<string> DropHeaders { get; init; }

    /// <summary>The same, for the headers that have a kind.</summary>
    public required FrozenSet<HeaderKind> DropKinds { get; init; }

    public static CleanupSettings Load(ParameterSet parameters)
    {
        var drop = WordList.Split(parameters.Get(Parameters.MessageDropHeaders)).Select(n => n.ToLowerInvariant()).ToFrozenSet();
        var propagate = WordList.Split(parameters.Get(Parameters.PropagateUnmatchedExtensions)).ToList();
        return new CleanupSettings
        {
            Myhostname = parameters.Get(Parameters.Myhostname),
            InFlowDelay = parameters.Get(Parameters.InFlowDelay),
            MessageSizeLimit = parameters.Get(Parameters.MessageSizeLimit),
            HeaderSizeLimit = parameters.Get(Parameters.HeaderSizeLimit),
            HeaderAddressTokenLimit = parameters.Get(Parameters.HeaderAddressTokenLimit),
            MimeBoundaryLengthLimit = parameters.Get(Parameters.MimeBoundaryLengthLimit),
            MimeNestingLimit = parameters.Get(Parameters.MimeNestingLimit),
            ReadsMime = !parameters.Get(Parameters.DisableMimeInputProcessing),
            ForceMimeInputConversion = parameters.Get(Parameters.ForceMimeInputConversion),
            Addresses = LoggedAddressForm.Load(parameters),
            HopcountLimit = parameters.Get(Parameters.HopcountLimit),
            AlwaysAddMissingHeaders = parameters.Get(Parameters.AlwaysAddMissingHeaders),
            UndisclosedRecipientsHeader = parameters.Get(Parameters.UndisclosedRecipientsHeader),
            StandardFromFormat = FromFormat(parameters),
            FullNameEncodingCharset = parameters.Get(Parameters.FullNameEncodingCharset),
            ReplaceStrayCrLf = parameters.Get(Parameters.CleanupReplaceStrayCrLf),
            Characters = ContentCharacters.Read(parameters),
            Detect8BitEncodingHeader = parameters.Get(Parameters.Detect8bitEncodingHeader),
            NonEmptyEndOfHeader = EndOfHeader(parameters),
            EnableLongQueueIds = parameters.Get(Parameters.EnableLongQueueIds),
            EnableOriginalRecipient = parameters.Get(Parameters.EnableOriginalRecipient),
            DuplicateFilterLimit = parameters.Get(Parameters.DuplicateFilterLimit),
            VirtualAliasExpansionLimit = parameters.Get(Parameters.VirtualAliasExpansionLimit),
            VirtualAliasRecursionLimit = parameters.Get(Parameters.VirtualAliasRecursionLimit),
            VirtualAliasAddressLengthLimit = parameters.Get(Parameters.VirtualAliasAddressLengthLimit),
            EmptyAddressRecipient = parameters.Get(Parameters.EmptyAddressRecipient),
            AlwaysBcc = parameters.Get(Parameters.AlwaysBcc),
            TlsRequiredEnable = parameters.Get(Parameters.TlsRequiredEnable),
            RequireTlsByHeader = parameters.Get(Parameters.RequiretlsEnable) && parameters.Get(Parameters.RequiretlsEsmtpHeader),
            PropagatesCanonicalExtension = propagate.Contains("canonical", StringComparer.OrdinalIgnoreCase),
            PropagatesVirtualExtension = propagate.Contains("virtual", StringComparer.OrdinalIgnoreCase),
            DropHeaders = drop,
            DropKinds = drop.Select(KnownHeaders.Find).Where(k => k != HeaderKind.Other).ToFrozenSet(),
        };
    }

    private static bool FromFormat(ParameterSet parameters) => parameters.Get(Parameters.HeaderFromFormat).ToLowerInvariant() switch
    {
        "standard" => true,
        "obsolete" => false,
        var other => throw new ConfigurationException($"bad {Parameters.HeaderFromFormat.Name} value: \"{other}\""),
    };

    private static EndOfHeaderAction EndOfHeader(ParameterSet parameters) => parameters.Get(Parameters.NonEmptyEndOfHeaderAction) switch
    {
        "fix_quietly" => EndOfHeaderAction.FixQuietly,
        "add_header" => EndOfHeaderAction.AddHeader,
        "reject" => EndOfHeaderAction.Reject,
        var other => throw new ConfigurationException($"bad {Parameters.NonEmptyEndOfHeaderAction.Name} value: \"{other}\""),
    };
}

/// <summary>What to do when a header section ends at a line that is neither a header nor empty (non_empty_end_of_header_action).</summary>
public enum EndOfHeaderAction
{
    /// <summary>Put the empty line in.</summary>
    FixQuietly,

    /// <summary>Put it in, and a MIME-Error header before it.</summary>
    AddHeader,
    Reject,
}
