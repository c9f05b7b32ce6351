using System.Text;

namespace Estafeta.Commands.Postcat;

/// <summary>The letters of the records of a Postfix queue file, and how many octets each takes there.</summary>
internal static class EnvelopeRecordTypes
{
    // Seconds and microseconds, where a date is shown: "1795639354 177150".
    private const int TimeOctets = 17;

    public static char TypeOf(string name) => name switch
    {
        "message_size" => 'C',
        "message_arrival_time" => 'T',
        "sender_fullname" => 'F',
        "content_filter" => 'L',
        "sender" => 'S',
        "original_recipient" => 'O',
        "recipient" => 'R',
        "done_recipient" => 'D',
        _ => 'A',
    };

    public static int OctetsOf(string name, string value) => name switch
    {
        "message_arrival_time" => TimeOctets,
        "create_time" => "create_time=1795639354".Length,
        _ => Encoding.UTF8.GetByteCount(value),
    };

    /// <summary>Letter, length, octets.</summary>
    public static int RecordLength(int octets)
    {
        var length = 2 + octets;
        for (var rest = octets >> 7; rest > 0; rest >>= 7)
        {
            length++;
        }

        return length;
    }
}
