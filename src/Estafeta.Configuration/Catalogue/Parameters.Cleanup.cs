namespace Estafeta.Configuration.Catalogue;

public static partial class Parameters
{
    public static readonly BooleanParameter AlwaysAddMissingHeaders = Add(new BooleanParameter("always_add_missing_headers", "no"));
    public static readonly StringParameter AlwaysBcc = Add(new StringParameter("always_bcc", ""));
    public static readonly StringParameter BodyChecks = Add(new StringParameter("body_checks", ""));
    public static readonly IntegerParameter BodyChecksSizeLimit = Add(new IntegerParameter("body_checks_size_limit", "51200"));
    public static readonly StringParameter CanonicalClasses = Add(new StringParameter("canonical_classes", "envelope_sender, envelope_recipient, header_sender, header_recipient") { MinimumLength = 1 });
    public static readonly StringParameter CanonicalMaps = Add(new StringParameter("canonical_maps", ""));
    public static readonly BooleanParameter CleanupReplaceStrayCrLf = Add(new BooleanParameter("cleanup_replace_stray_cr_lf", "yes"));
    public static readonly BooleanParameter Detect8bitEncodingHeader = Add(new BooleanParameter("detect_8bit_encoding_header", "yes"));
    public static readonly BooleanParameter DisableVerpBounces = Add(new BooleanParameter("disable_verp_bounces", "no"));
    public static readonly IntegerParameter DuplicateFilterLimit = Add(new IntegerParameter("duplicate_filter_limit", "1000"));
    public static readonly StringParameter EmptyAddressRecipient = Add(new StringParameter("empty_address_recipient", "MAILER-DAEMON") { MinimumLength = 1 });
    public static readonly BooleanParameter ForceMimeInputConversion = Add(new BooleanParameter("force_mime_input_conversion", "no"));
    public static readonly StringParameter FullNameEncodingCharset = Add(new StringParameter("full_name_encoding_charset", "utf-8") { MinimumLength = 1 });
    public static readonly StringParameter HeaderChecks = Add(new StringParameter("header_checks", ""));
    public static readonly IntegerParameter HopcountLimit = Add(new IntegerParameter("hopcount_limit", "50") { Minimum = 1 });
    public static readonly StringParameter MasqueradeClasses = Add(new StringParameter("masquerade_classes", "envelope_sender, header_sender, header_recipient"));
    public static readonly StringParameter MasqueradeDomains = Add(new StringParameter("masquerade_domains", ""));
    public static readonly StringParameter MasqueradeExceptions = Add(new StringParameter("masquerade_exceptions", ""));
    public static readonly StringParameter MessageRejectCharacters = Add(new StringParameter("message_reject_characters", ""));
    public static readonly StringParameter MessageStripCharacters = Add(new StringParameter("message_strip_characters", ""));
    public static readonly StringParameter MimeHeaderChecks = Add(new StringParameter("mime_header_checks", "$header_checks"));
    public static readonly StringParameter NestedHeaderChecks = Add(new StringParameter("nested_header_checks", "$header_checks"));
    public static readonly StringParameter NonEmptyEndOfHeaderAction = Add(new StringParameter("non_empty_end_of_header_action", "fix_quietly") { MinimumLength = 1 });
    public static readonly StringParameter PropagateUnmatchedExtensions = Add(new StringParameter("propagate_unmatched_extensions", "canonical, virtual"));
    public static readonly IntegerParameter QueueFileAttributeCountLimit = Add(new IntegerParameter("queue_file_attribute_count_limit", "100") { Minimum = 1 });
    public static readonly StringParameter RecipientBccMaps = Add(new StringParameter("recipient_bcc_maps", ""));
    public static readonly StringParameter RecipientCanonicalClasses = Add(new StringParameter("recipient_canonical_classes", "envelope_recipient, header_recipient") { MinimumLength = 1 });
    public static readonly StringParameter RecipientCanonicalMaps = Add(new StringParameter("recipient_canonical_maps", ""));
    public static readonly StringParameter RemoteHeaderRewriteDomain = Add(new StringParameter("remote_header_rewrite_domain", ""));
    public static readonly BooleanParameter RequiretlsEsmtpHeader = Add(new BooleanParameter("requiretls_esmtp_header", "yes"));
    public static readonly StringParameter SenderBccMaps = Add(new StringParameter("sender_bcc_maps", ""));
    public static readonly StringParameter SenderCanonicalClasses = Add(new StringParameter("sender_canonical_classes", "envelope_sender, header_sender") { MinimumLength = 1 });
    public static readonly StringParameter SenderCanonicalMaps = Add(new StringParameter("sender_canonical_maps", ""));
    public static readonly StringParameter UndisclosedRecipientsHeader = Add(new StringParameter("undisclosed_recipients_header", ""));
    public static readonly IntegerParameter VirtualAliasAddressLengthLimit = Add(new IntegerParameter("virtual_alias_address_length_limit", "1000") { Minimum = 1 });
    public static readonly IntegerParameter VirtualAliasExpansionLimit = Add(new IntegerParameter("virtual_alias_expansion_limit", "1000") { Minimum = 1 });
    public static readonly StringParameter VirtualAliasMaps = Add(new StringParameter("virtual_alias_maps", "$virtual_maps"));
    public static readonly IntegerParameter VirtualAliasRecursionLimit = Add(new IntegerParameter("virtual_alias_recursion_limit", "1000") { Minimum = 1 });
}
