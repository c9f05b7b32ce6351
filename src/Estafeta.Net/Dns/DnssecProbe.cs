using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;

namespace Estafeta.Net.Dns;

/// <summary>
/// dnssec_probe: whether the resolver validates at all. When a process has asked for validated data and never got any, it asks once for something that
/// surely is signed, and warns when that does not come validated either: DANE is then no protection, or no delivery. Thread-safe.
/// </summary>
public sealed class DnssecProbe
{
    private readonly string _text;
    private readonly Action<string> _warn;

    // 0 as long as neither a validated answer came nor the probe went out.
    private int _isSettled;

    private DnssecProbe(string text, string name, DnsRecordType type, Action<string> warn)
    {
        _text = text;
        _warn = warn;
        Name = name;
        Question = new DnsQuestion(name.ToLowerInvariant(), type, DnssecOk: true);
    }

    /// <summary>The name asked for, as it was written.</summary>
    internal string Name { get; }

    internal DnsQuestion Question { get; }

    /// <summary>Null when dnssec_probe is empty.</summary>
    public static DnssecProbe? Create(ParameterSet parameters, Action<string> warn)
    {
        var text = parameters.Get(Parameters.DnssecProbe);
        if (text.Length == 0)
        {
            return null;
        }

        Span<byte> wire = stackalloc byte[DnsName.MaximumOctets];
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var name = text[(colon + 1)..];
        return colon > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse<DnsRecordType>(text.AsSpan(0, colon), ignoreCase: true, out var type)
            && DnsName.TryWrite(name, wire, out _)
            ? new DnssecProbe(text, name, type, warn)
            : throw new ConfigurationException($"malformed {Parameters.DnssecProbe.Name} value: {text} format is qtype:qname");
    }

    /// <summary>Whether it is time to probe, now that this came for a question that wanted validated data. True once at most.</summary>
    internal bool IsDueAfter(DnsAnswer answer) =>
        answer.Outcome != DnsOutcome.Trouble && Interlocked.Exchange(ref _isSettled, 1) == 0 && !answer.IsAuthentic;

    /// <summary>The answer to <see cref="Question"/>.</summary>
    internal void Judge(DnsAnswer answer)
    {
        if (!answer.IsAuthentic)
        {
            _warn("DNSSEC validation may be unavailable");
            _warn($"reason: {Parameters.DnssecProbe.Name} '{_text}' received "
                + (answer.Outcome == DnsOutcome.Trouble ? $"no response: {answer.Reason}" : "a response that is not DNSSEC validated"));
        }
    }
}
