namespace Estafeta.Conformance.Smtpd.Differential;

/// <summary>Who and what generated sessions are about: clients, names, addresses, and tables that know some of them.</summary>
internal static class World
{
    /// <summary>XCLIENT attributes.</summary>
    public static readonly string[] Clients =
    [
        "NAME=host.good.example REVERSE_NAME=host.good.example ADDR=192.0.2.11",
        "NAME=host.good.example REVERSE_NAME=host.good.example ADDR=192.0.2.80",
        "NAME=host.bad.example REVERSE_NAME=host.bad.example ADDR=203.0.113.11",
        "NAME=bad.example REVERSE_NAME=bad.example ADDR=192.0.2.66",
        "NAME=[UNAVAILABLE] REVERSE_NAME=host.bad.example ADDR=192.0.2.67",
        "NAME=[UNAVAILABLE] REVERSE_NAME=[UNAVAILABLE] ADDR=198.51.100.7",
        "NAME=[TEMPUNAVAIL] REVERSE_NAME=[TEMPUNAVAIL] ADDR=198.51.100.8",
        "NAME=[TEMPUNAVAIL] REVERSE_NAME=lame.example ADDR=198.51.100.9",
        "NAME=six.example REVERSE_NAME=six.example ADDR=IPV6:2001:db8::6",
        "NAME=a.b.sub.good.example REVERSE_NAME=x.lame.example ADDR=10.1.2.3",
        "NAME=aonly.example REVERSE_NAME=aonly.example ADDR=192.0.2.30 PORT=4321",
    ];

    public static readonly string[] Logins = ["joe@example.com", "ann", "nobody"];

    public static readonly string[] Helos =
    [
        "host.good.example", "good.example", "bad.example", "host.bad.example", "bare", "[192.0.2.11]", "192.0.2.66", "[IPv6:2001:db8::6]", "-bad-.example", "a..b",
        "nx.example", "lame.example", "mxonly.example", "nodata.example", "nullmx.example", "under_score.example", "mail.example.com", "x.y.z.sub.good.example",
        "[bogus]", "two words", "aonly.example.", "<evil>",
    ];

    public static readonly string[] Senders =
    [
        "<>", "<user@good.example>", "<user@sub.good.example>", "<user@bad.example>", "<bounce+tag@bad.example>", "<user>", "<user@nodot>", "<user@nx.example>",
        "<user@lame.example>", "<user@lamemx.example>", "<user@nullmx.example>", "<user@mxonly.example>", "<user@nodata.example>", "<user@aonly.example>",
        "<\"quoted user\"@good.example>", "<owner@mail.example.com>", "<ghost@mail.example.com>", "<joe@example.com>", "<ann@good.example>",
        "<u@va.example>", "<x@va.example>", "<u@vm.example>", "<x@vm.example>", "<a%b@mail.example.com>", "<@relay.example:user@good.example>", "<user@[192.0.2.1]>",
        "<user@192.0.2.1>", "user@good.example", "<user@good.example", "<a@b@c>", "<@>", "<user@-bad.example>", "<USER@GOOD.EXAMPLE>", "<user@nxmx.example>",
        "<user@lamehostmx.example>", "<postmaster>", "<user@err.example>",
    ];

    public static readonly string[] Recipients =
    [
        "<known@mail.example.com>", "<known>", "<known+ext@localhost>", "<ghost@mail.example.com>", "<ghost@localhost>", "<postmaster>", "<POSTMASTER>", "<postmaster@mail.example.com>",
        "<u@va.example>", "<x@va.example>", "<u@vm.example>", "<u+e@vm.example>", "<x@vm.example>", "<u@relay.example>", "<listed@relay.example>", "<u@sub.relay.example>",
        "<user@good.example>", "<user@bad.example>", "<user@nx.example>", "<user@lame.example>", "<user@nullmx.example>", "<user@backup.example>", "<user@primary.example>",
        "<a%good.example@mail.example.com>", "<a%b>", "<good.example!u>", "<@relay.example:u@good.example>", "<\"u@good.example\"@mail.example.com>", "<u@good.example@mail.example.com>",
        "<u@err.example>", "<u@retry.example>", "<>", "<@>", "<u@[127.0.0.1]>", "<u@[192.0.2.9]>", "<u@127.0.0.1>", "known@mail.example.com", "<known@mail.example.com", "<a b@relay.example>",
        "<\"a b\"@relay.example>", "<hold@relay.example>", "<discard@relay.example>", "<redirect@relay.example>", "<filter@relay.example>", "<bcc@relay.example>", "<prepend@relay.example>",
        "<info@relay.example>", "<warn@relay.example>", "<dip@relay.example>", "<dir@relay.example>", "<rej@relay.example>", "<def@relay.example>", "<class@relay.example>", "<u@nodot>",
    ];

    /// <summary>Tables for check_…_access, as parameters hold them.</summary>
    public static readonly string[] AccessTables =
    [
        "inline:{{good.example=OK},{bad.example=REJECT bad},{192.0.2.66=554 5.7.1 sixty-six},{203.0.113=DEFER net},{ghost@=REJECT 5.1.1 no ghosts},{relay.example=DUNNO}}",
        "inline:{{.good.example=421 4.7.0 go away},{.example=DUNNO},{user@=WARN a user},{198.51.100=INFO a net},{<>=DEFER_IF_PERMIT null}}",
        "inline:{{hold@relay.example=HOLD},{discard@relay.example=DISCARD},{redirect@relay.example=REDIRECT known@mail.example.com},{filter@relay.example=FILTER discard:dummy},"
            + "{bcc@relay.example=BCC known@mail.example.com},{prepend@relay.example=PREPEND X-Test: yes},{info@relay.example=INFO hello},{warn@relay.example=WARN watch},"
            + "{dip@relay.example=DEFER_IF_PERMIT 4.2.2 later},{dir@relay.example=DEFER_IF_REJECT maybe},{rej@relay.example=REJECT},{def@relay.example=DEFER},{class@relay.example=strict}}",
        "cidr:{{192.0.2.0/26 OK},{198.51.100.0/24 550 5.7.1 no class C},{2001:db8::/32 REJECT six},{203.0.113.64/26 DEFER}}",
        "pcre:{{/^(user)@/ REJECT pcre $$1},{/good/ OK},{/^(mx)/ REJECT its $$1},{/lame/ DEFER_IF_PERMIT lame}}",
        "regexp:{{/^known/ HOLD for regexp},{/(bad).example$$/ 450 4.7.1 $$1 is bad},{/^ns/ 521 ns}}",
        "inline:{{joe@example.com=OK},{ann=REJECT ann},{mx.bad.example=REJECT its mx},{ns.bad.example=REJECT its ns},{192.0.2.25=WARN good mx},{203.0.113.66=DEFER bad mx}}",
        "inline:{{bad.example=reject_unknown_sender_domain, reject},{good.example=permit_mynetworks, strict},{ghost@mail.example.com=hash:/nowhere},{192.0.2=nosuchthing}}",
        "fail:broken",
        "static:DUNNO",
        "inline:{{six.example=OK},{host.good.example=DISCARD quietly},{lame.example=123},{aonly.example=550},{mxonly.example=550 5.1.1},{nodata.example=}}",
    ];
}
