namespace Estafeta.Tables.Keys;

/// <summary>Which parts of an address are keys, each tried in this order.</summary>
[Flags]
public enum AddressForms
{
    /// <summary><c>user+ext@domain</c>. The only form that pattern tables see.</summary>
    Whole = 1,

    /// <summary><c>user@domain</c>, when there is an extension.</summary>
    WithoutExtension = 2,

    /// <summary><c>user+ext</c>, then <c>user</c>, when the domain is one whose users need no domain.</summary>
    LocalPartIfLocal = 4,

    /// <summary><c>domain</c>, then its parents.</summary>
    Domain = 8,

    /// <summary><c>user+ext@</c>, then <c>user@</c>.</summary>
    LocalPartAt = 16,

    /// <summary><c>@domain</c>.</summary>
    AtDomain = 32,

    /// <summary>canonical(5), virtual(5), generic(5), relocated(5), *_bcc_maps, *_recipient_maps and most others.</summary>
    Mapping = Whole | WithoutExtension | LocalPartIfLocal | AtDomain,

    /// <summary>access(5): check_sender_access and check_recipient_access.</summary>
    Access = Whole | WithoutExtension | Domain | LocalPartAt,

    /// <summary>transport(5), without its <c>*</c>.</summary>
    Transport = Whole | WithoutExtension | Domain,
}
