namespace Estafeta.Net.Dns;

/// <summary>How resolver(3) completes names with the domains of resolv.conf: RES_DEFNAMES and RES_DNSRCH. Mail wants none of it unless asked.</summary>
[Flags]
public enum NameCompletion
{
    None = 0,

    /// <summary>A name without dot is completed with the first domain.</summary>
    DefaultDomain = 1,

    /// <summary>Names are looked for in all domains: one without dot when that is asked for, too, others when they do not exist as they are.</summary>
    Search = 2,
}
