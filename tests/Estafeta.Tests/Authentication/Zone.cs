using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Estafeta.Authentication;
using Estafeta.Configuration.Domains;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Authentication;

/// <summary>A name service of a few records, in memory: lines of <c>name type value</c>; TROUBLE as the type makes every question about the name fail.</summary>
internal sealed class Zone
{
    private readonly Dictionary<string, List<(string Type, string Value)>> _records = new(StringComparer.OrdinalIgnoreCase);

    public Zone(params string[] lines)
    {
        foreach (var line in lines)
        {
            Add(line);
        }
    }

    public ConcurrentQueue<string> Asked { get; } = new();

    public DnsLookup Lookup => (name, type, _) => new ValueTask<DnsAnswer>(Answer(name, type));

    public void Add(string line)
    {
        var parts = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        if (!_records.TryGetValue(parts[0], out var list))
        {
            _records[parts[0]] = list = [];
        }

        list.Add((parts[1], parts.Length > 2 ? parts[2] : ""));
    }

    private DnsAnswer Answer(string name, DnsRecordType type)
    {
        Asked.Enqueue($"{name} {type}");
        var ascii = InternationalDomain.ToAscii(name)?.TrimEnd('.') ?? name;
        Span<byte> wire = stackalloc byte[DnsName.MaximumOctets];
        if (!DnsName.TryWrite(ascii, wire, out _) || !_records.TryGetValue(ascii, out var records))
        {
            return new DnsAnswer(DnsOutcome.NotFound, name, type, []);
        }

        if (records.Exists(r => r.Type == "TROUBLE"))
        {
            return new DnsAnswer(DnsOutcome.Trouble, name, type, []);
        }

        List<DnsRecord> found = [.. records.Where(r => r.Type == type.ToString()).Select(r => Make(name, type, r.Value))];
        return new DnsAnswer(found.Count > 0 ? DnsOutcome.Found : DnsOutcome.NoData, name, type, found);
    }

    private static DnsRecord Make(string name, DnsRecordType type, string value) => type switch
    {
        DnsRecordType.TXT => new DnsTextRecord(name, 60, value),
        DnsRecordType.MX => new DnsMxRecord(name, 60, ushort.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture), value.Split(' ')[1]),
        DnsRecordType.PTR => new DnsNameRecord(name, type, 60, value),
        _ => new DnsAddressRecord(name, type, 60, IPAddress.Parse(value)),
    };
}
