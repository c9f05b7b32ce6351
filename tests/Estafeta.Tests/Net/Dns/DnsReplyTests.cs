using Estafeta.Net.Dns;

namespace Estafeta.Tests.Net.Dns;

public sealed class DnsReplyTests
{
    private static byte[] Query(string name, DnsRecordType type)
    {
        var buffer = new byte[DnsQuery.MaximumOctets + 1];
        return buffer[..DnsQuery.Write(buffer, 0x1234, name, type, edns: true, dnssecOk: false)];
    }

    public static TheoryData<DnsRecordType> AllTypes() => [.. Enum.GetValues<DnsRecordType>()];

    private static DnsReplyBuilder Sample(DnsRecordType type) => type switch
    {
        DnsRecordType.A => new DnsReplyBuilder().Address("x.test", "192.0.2.1"),
        DnsRecordType.AAAA => new DnsReplyBuilder().Address("x.test", "2001:db8::1"),
        DnsRecordType.MX => new DnsReplyBuilder().Mx("x.test", 10, "mx.x.test"),
        DnsRecordType.TXT => new DnsReplyBuilder().Text("x.test", "v=spf1 ", "-all"),
        DnsRecordType.TLSA => new DnsReplyBuilder().Tlsa("x.test", 3, 1, 1, new byte[32]),
        DnsRecordType.SRV => new DnsReplyBuilder().Srv("x.test", 1, 2, 25, "mx.x.test"),
        DnsRecordType.SOA => new DnsReplyBuilder().Raw("x.test", type, [.. DnsReplyBuilder.Encode("ns.x.test"), .. DnsReplyBuilder.Encode("h.x.test"), .. new byte[20]]),
        _ => new DnsReplyBuilder().Name("x.test", type, "y.test"),
    };

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void TryParse_EveryType_IsReadWhole(DnsRecordType type)
    {
        var query = Query("x.test", type);
        var reply = DnsReply.TryParse(Sample(type).Build(query), 0x1234, "x.test", type);

        Assert.NotNull(reply);
        Assert.False(reply.IsDamaged);
        Assert.Equal(type, Assert.Single(reply.Answers).Type);
    }

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void TryParse_MessageCutAnywhere_NeverYieldsTheRecord(DnsRecordType type)
    {
        var whole = Sample(type).Build(Query("x.test", type));
        for (var length = 0; length < whole.Length; length++)
        {
            var reply = DnsReply.TryParse(whole.AsSpan(0, length), 0x1234, "x.test", type);
            Assert.True(reply == null || (reply.IsDamaged && reply.Answers.Count == 0), $"cut at {length}");
        }
    }

    [Theory]
    [MemberData(nameof(AllTypes))]
    public void TryParse_RecordDataCutAnywhere_IsLeftOut(DnsRecordType type)
    {
        var query = Query("x.test", type);
        var whole = Sample(type).Build(query);
        var dataLength = whole.Length - (query.Length - 11) - 8 - 10; // question, name, fixed fields
        for (var length = 0; length < dataLength; length++)
        {
            var cut = whole[..^(dataLength - length)];
            cut[^(length + 2)] = (byte)(length >> 8);
            cut[^(length + 1)] = (byte)length;
            var reply = DnsReply.TryParse(cut, 0x1234, "x.test", type);

            Assert.NotNull(reply);
            var isStillWhole = (type == DnsRecordType.TXT && length is 0 or 8) || (type == DnsRecordType.TLSA && length > 3);
            Assert.Equal(isStillWhole ? 1 : 0, reply.Answers.Count);
            Assert.Equal(isStillWhole ? 0 : 1, reply.MalformedRecords);
        }
    }

    [Fact]
    public void TryParse_RecordDataTooLong_IsLeftOut()
    {
        var query = Query("x.test", DnsRecordType.A);
        var reply = DnsReply.TryParse(new DnsReplyBuilder().Raw("x.test", DnsRecordType.A, new byte[5]).Build(query), 0x1234, "x.test", DnsRecordType.A);
        Assert.Equal(1, reply!.MalformedRecords);
    }

    [Theory]
    [InlineData(0x1235, "x.test", DnsRecordType.A)]
    [InlineData(0x1234, "y.test", DnsRecordType.A)]
    [InlineData(0x1234, "x.test", DnsRecordType.AAAA)]
    public void TryParse_OtherIdNameOrType_IsNotOurs(int id, string name, DnsRecordType type)
    {
        var message = Sample(DnsRecordType.A).Build(Query("x.test", DnsRecordType.A));
        Assert.Null(DnsReply.TryParse(message, (ushort)id, name, type));
    }

    [Fact]
    public void TryParse_QuestionInOtherCase_IsOurs()
    {
        var message = Sample(DnsRecordType.A).Build(Query("X.TEST", DnsRecordType.A));
        Assert.NotNull(DnsReply.TryParse(message, 0x1234, "x.test", DnsRecordType.A));
    }

    public static TheoryData<string, byte[]> BadNames() => new()
    {
        { "pointer to itself", [0xC0, 0] },
        { "pointer forwards", [0xC0, 2, 0] },
        { "two pointers in a circle", [0xC0, 2, 0xC0, 0] },
        { "label then pointer to the label", [1, (byte)'a', 0xC0, 0] },
        { "label type 01", [0x40, 1, 0] },
        { "label type 10", [0x80, 1, 0] },
        { "no end", [1, (byte)'a'] },
        { "label past the end", [5, (byte)'a', 0] },
        { "half a pointer", [0xC0] },
    };

    [Theory]
    [MemberData(nameof(BadNames))]
    public void TryReadName_BadName_IsRefused(string _, byte[] octets)
    {
        var reader = new DnsReader(octets);
        Assert.False(reader.TryReadName(out var _));
    }

    [Fact]
    public void TryReadName_ChainOfPointers_EndsAt255Octets()
    {
        // Each 62-octet label is followed by a pointer to the label before it.
        var octets = new List<byte>();
        var previous = -1;
        for (var i = 0; i < 6; i++)
        {
            var start = octets.Count;
            octets.Add(62);
            octets.AddRange(Enumerable.Repeat((byte)'a', 62));
            octets.AddRange(previous < 0 ? [0, 0] : [(byte)(0xC0 | previous >> 8), (byte)previous]);
            previous = start;
            var reader = new DnsReader([.. octets]);
            Assert.True(reader.TryReadBytes(start, out _));
            Assert.Equal(i < 4, reader.TryReadName(out _));
        }
    }

    [Fact]
    public void TryReadName_OddOctets_AreEscaped()
    {
        var reader = new DnsReader([5, (byte)'a', (byte)'.', (byte)' ', 0, (byte)'\\', 1, 0xFF, 0]);
        Assert.True(reader.TryReadName(out var name));
        Assert.Equal("a\\046\\032\\000\\092.\\255", name);
        Assert.False(DnsName.IsHostName(name));
    }

    [Fact]
    public void Write_RandomGarbage_NeverThrows()
    {
        var random = new Random(1);
        var buffer = new byte[600];
        for (var i = 0; i < 20_000; i++)
        {
            random.NextBytes(buffer);
            buffer[0] = 0x12;
            buffer[1] = 0x34;
            buffer[2] = 0x80;
            _ = DnsReply.TryParse(buffer.AsSpan(0, random.Next(buffer.Length)), 0x1234, "x.test", DnsRecordType.MX);
        }
    }
}
