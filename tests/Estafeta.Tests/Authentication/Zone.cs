using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Estafeta.Authentication;
using Estafeta.Configuration.Domains;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Authentication;

/// <summary>A name service of a few records, in memory: lines of <c>name type value</c>; TROUBLE as the type makes every other question about the name fail.</summary>
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

    /// <summary>A file of zones and cases: <c>== section</c>, <c>zone name type value</c>, <c>test name | field | …</c>. By section and name.</summary>
    public static Dictionary<string, (Zone Zone, string[] Fields)> ReadCases(IEnumerable<string> lines)
    {
        var cases = new Dictionary<string, (Zone Zone, string[] Fields)>();
        var zone = new Zone();
        var section = "";
        foreach (var line in lines)
        {
            if (line.StartsWith("== ", StringComparison.Ordinal))
            {
                section = line[3..];
                zone = new Zone();
            }
            else if (line.StartsWith("zone ", StringComparison.Ordinal))
            {
                zone.Add(line[5..]);
            }
            else if (line.StartsWith("test ", StringComparison.Ordinal))
            {
                var fields = line[5..].Split('|').Select(f => f.Trim()).ToArray();
                cases.Add($"{section}: {fields[0]}", (zone, fields));
            }
        }

        return cases;
    }

    private DnsAnswer Answer(string name, DnsRecordType type, int aliases = 0)
    {
        Asked.Enqueue($"{name} {type}");
        var ascii = InternationalDomain.ToAscii(name)?.TrimEnd('.') ?? name;
        Span<byte> wire = stackalloc byte[DnsName.MaximumOctets];
        if (!DnsName.TryWrite(ascii, wire, out _) || !_records.TryGetValue(ascii, out var records))
        {
            return new DnsAnswer(DnsOutcome.NotFound, name, type, []);
        }

        List<DnsRecord> found = [.. records.Where(r => r.Type == type.ToString()).Select(r => Make(name, type, r.Value))];
        if (found.Count == 0 && records.Find(r => r.Type == "CNAME") is { Value: { Length: > 0 } target })
        {
            return aliases < 10 ? Answer(target, type, aliases + 1) : new DnsAnswer(DnsOutcome.Trouble, name, type, []);
        }

        var missing = records.Exists(r => r.Type == "TROUBLE") ? DnsOutcome.Trouble : DnsOutcome.NoData;
        return new DnsAnswer(found.Count > 0 ? DnsOutcome.Found : missing, name, type, found);
    }

    private static DnsRecord Make(string name, DnsRecordType type, string value) => type switch
    {
        DnsRecordType.TXT => new DnsTextRecord(name, 60, value.Replace("\\n", "\n", StringComparison.Ordinal)),
        DnsRecordType.MX => new DnsMxRecord(name, 60, ushort.Parse(value.Split(' ')[0], CultureInfo.InvariantCulture), value.Split(' ')[1]),
        DnsRecordType.PTR => new DnsNameRecord(name, type, 60, value),
        _ => new DnsAddressRecord(name, type, 60, IPAddress.Parse(value)),
    };
}
