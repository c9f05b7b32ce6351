using System.Buffers.Binary;
using System.Text;

namespace Estafeta.Tests.Tables.Network;

/// <summary>BSON as far as a scripted server needs it: text, numbers, booleans, documents (lists of pairs) and arrays.</summary>
internal static class Bson
{
    public static byte[] Write(IEnumerable<(string Name, object Value)> document)
    {
        using var content = new MemoryStream();
        foreach (var (name, value) in document)
        {
            var (type, octets) = Encode(value);
            content.WriteByte(type);
            content.Write(Encoding.UTF8.GetBytes(name + '\0'));
            content.Write(octets);
        }

        return [.. Number((int)content.Length + 5), .. content.ToArray(), 0];
    }

    /// <summary>As <c>name=value</c> words, for comparisons: <c>{ find="c" filter={ x="y" } }</c>.</summary>
    public static string Describe(ReadOnlySpan<byte> document)
    {
        var text = new StringBuilder("{ ");
        var at = 4;
        while (document[at] != 0)
        {
            var type = document[at++];
            var name = Encoding.UTF8.GetString(document.Slice(at, document[at..].IndexOf((byte)0)));
            at += Encoding.UTF8.GetByteCount(name) + 1;
            text.Append(name).Append('=').Append(DescribeValue(type, document[at..], out var length)).Append(' ');
            at += length;
        }

        return text.Append('}').ToString();
    }

    private static string DescribeValue(byte type, ReadOnlySpan<byte> value, out int length)
    {
        switch (type)
        {
            case 1:
                length = 8;
                return BinaryPrimitives.ReadDoubleLittleEndian(value).ToString(System.Globalization.CultureInfo.InvariantCulture);
            case 2:
                length = BinaryPrimitives.ReadInt32LittleEndian(value) + 4;
                return $"\"{Encoding.UTF8.GetString(value[4..(length - 1)])}\"";
            case 3 or 4:
                length = BinaryPrimitives.ReadInt32LittleEndian(value);
                return Describe(value);
            case 8:
                length = 1;
                return value[0] == 0 ? "false" : "true";
            case 16:
                length = 4;
                return BinaryPrimitives.ReadInt32LittleEndian(value).ToString(System.Globalization.CultureInfo.InvariantCulture);
            case 18:
                length = 8;
                return BinaryPrimitives.ReadInt64LittleEndian(value).ToString(System.Globalization.CultureInfo.InvariantCulture);
            default:
                throw new NotSupportedException($"BSON type {type}");
        }
    }

    private static (byte Type, byte[] Octets) Encode(object value) => value switch
    {
        double number => (1, BitConverter.GetBytes(number)),
        string text => (2, [.. Number(Encoding.UTF8.GetByteCount(text) + 1), .. Encoding.UTF8.GetBytes(text), 0]),
        (string, object)[] document => (3, Write(document)),
        object[] array => (4, Write(array.Select((item, i) => (i.ToString(System.Globalization.CultureInfo.InvariantCulture), item)))),
        bool flag => (8, [flag ? (byte)1 : (byte)0]),
        DateTime => (9, new byte[8]),
        int number => (16, Number(number)),
        long number => (18, BitConverter.GetBytes(number)),
        _ => throw new NotSupportedException(value.GetType().Name),
    };

    private static byte[] Number(int number) => BitConverter.GetBytes(number);
}
