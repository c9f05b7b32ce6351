using System.Buffers.Binary;
using System.Net;
using System.Text;
using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

/// <summary>Makes reply messages, right ones and, through <see cref="Raw"/>, wrong ones.</summary>
public sealed class DnsReplyBuilder
{
    private readonly List<(string Name, ushort Type, uint Ttl, byte[] Data)> _answers = [];
    private readonly List<(string Name, ushort Type, uint Ttl, byte[] Data)> _authority = [];

    public int Code { get; set; }

    public bool Truncated { get; set; }

    public bool Authentic { get; set; }

    public uint Ttl { get; set; } = 300;

    public DnsReplyBuilder Address(string name, string address)
    {
        var octets = IPAddress.Parse(address).GetAddressBytes();
        return Raw(name, octets.Length == 4 ? DnsRecordType.A : DnsRecordType.AAAA, octets);
    }

    public DnsReplyBuilder Mx(string name, ushort preference, string exchange) =>
        Raw(name, DnsRecordType.MX, [(byte)(preference >> 8), (byte)preference, .. Encode(exchange)]);

    public DnsReplyBuilder Name(string name, DnsRecordType type, string target) => Raw(name, type, Encode(target));

    public DnsReplyBuilder Text(string name, params string[] strings) =>
        Raw(name, DnsRecordType.TXT, [.. strings.SelectMany(s => (byte[])[(byte)s.Length, .. Encoding.Latin1.GetBytes(s)])]);

    public DnsReplyBuilder Tlsa(string name, byte usage, byte selector, byte matching, byte[] association) =>
        Raw(name, DnsRecordType.TLSA, [usage, selector, matching, .. association]);

    public DnsReplyBuilder Srv(string name, ushort priority, ushort weight, ushort port, string target) =>
        Raw(name, DnsRecordType.SRV, [(byte)(priority >> 8), (byte)priority, (byte)(weight >> 8), (byte)weight, (byte)(port >> 8), (byte)port, .. Encode(target)]);

    public DnsReplyBuilder Authority(string zone, uint minimum)
    {
        var numbers = new byte[20];
        BinaryPrimitives.WriteUInt32BigEndian(numbers.AsSpan(16), minimum);
        _authority.Add((zone, (ushort)DnsRecordType.SOA, Ttl, [.. Encode("ns." + zone), .. Encode("hostmaster." + zone), .. numbers]));
        return this;
    }

    public DnsReplyBuilder Raw(string name, DnsRecordType type, byte[] data)
    {
        _answers.Add((name, (ushort)type, Ttl, data));
        return this;
    }

    /// <summary>Forgets the answers so far: the name exists, and has none.</summary>
    public DnsReplyBuilder Clear()
    {
        _answers.Clear();
        return this;
    }

    public byte[] Build(ReadOnlySpan<byte> query)
    {
        var questionEnd = 12;
        while (query[questionEnd] != 0)
        {
            questionEnd += query[questionEnd] + 1;
        }

        questionEnd += 5;
        var message = new List<byte>();
        message.AddRange(query[..2]);
        message.Add((byte)(0x81 | (Truncated ? 2 : 0)));
        message.Add((byte)(0x80 | (Authentic ? 0x20 : 0) | Code));
        message.AddRange([0, 1, (byte)(_answers.Count >> 8), (byte)_answers.Count, 0, (byte)_authority.Count, 0, 0]);
        message.AddRange(query[12..questionEnd]);
        foreach (var (name, type, ttl, data) in _answers.Concat(_authority))
        {
            message.AddRange(Encode(name));
            message.AddRange([(byte)(type >> 8), (byte)type, 0, 1]);
            message.AddRange([(byte)(ttl >> 24), (byte)(ttl >> 16), (byte)(ttl >> 8), (byte)ttl, (byte)(data.Length >> 8), (byte)data.Length]);
            message.AddRange(data);
        }

        return [.. message];
    }

    public static byte[] Encode(string name)
    {
        var octets = new List<byte>();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            octets.Add((byte)label.Length);
            octets.AddRange(Encoding.Latin1.GetBytes(label));
        }

        octets.Add(0);
        return [.. octets];
    }
}
