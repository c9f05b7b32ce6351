using System.Buffers.Binary;
using System.Text;
using Estafeta.Tests.Net.Milter;

namespace Estafeta.Conformance.Smtpd.Milters;

/// <summary>A message, and what two milters do to it at its end; the same for a seed.</summary>
internal sealed class GeneratedEdits
{
    private static readonly string[] Names = ["Subject", "X-A", "x-a", "Received", "X-None", "To", "X-Fold"];
    private static readonly string[] Values = ["v", "two words", "a\n b", "a\n\tb", " led", "", "  ", "trailing ", "caf\u00e9", "a\nb: c", "long " + new string('x', 120)];
    private readonly Random _random;
    private readonly StringBuilder _text = new();

    public GeneratedEdits(int seed)
    {
        _random = new Random(seed);
        Message = MakeMessage();
        First = Edits("first");
        Second = Edits("second");
    }

    /// <summary>LF line ends.</summary>
    public string Message { get; }

    /// <summary>Packets of the first milter, its verdict at the end.</summary>
    public byte[] First { get; }

    public byte[] Second { get; }

    public override string ToString() => $"{_text}--- message:\n{Message}";

    private string MakeMessage()
    {
        List<string> headers = ["From: a@b.example", "To: r@relay.example", "Date: Wed, 25 Nov 2026 12:00:00 +0000", "Message-Id: <1@b.example>", "Subject: s", "X-A: 1", "X-A: 2", "X-Fold: a\n b"];
        for (var count = _random.Next(3); count > 0; count--)
        {
            headers.Insert(_random.Next(headers.Count + 1), $"Received: from h{count}\n\tby i");
        }

        return string.Join('\n', headers) + "\n\nbody\nmore\n";
    }

    private byte[] Edits(string who)
    {
        var packets = new List<byte>();
        for (var count = _random.Next(6); count > 0; count--)
        {
            packets.AddRange(Edit(who));
        }

        // Postfix takes the pieces of a body only when nothing is between them.
        if (_random.Next(3) == 0)
        {
            _text.Append(who).Append(": new body\n");
            packets.AddRange(ScriptedMilter.Packet('b', Encoding.ASCII.GetBytes($"{who} wrote\r")));
            packets.AddRange(ScriptedMilter.Packet('b', "\nthis\r\n"u8.ToArray()));
        }

        packets.AddRange(ScriptedMilter.Packet(_random.Next(2) == 0 ? 'c' : 'a'));
        return [.. packets];
    }

    private byte[] Edit(string who)
    {
        switch (_random.Next(11))
        {
            case 0 or 1:
                return Say(who, 'h', null, Pick(Names), Pick(Values));
            case 2 or 3 or 4:
                return Say(who, 'i', _random.Next(14) is var at && at == 13 ? 1000 : at, Pick(Names), Pick(Values));
            case 5 or 6 or 7:
                return Say(who, 'm', _random.Next(4), Pick(Names), Pick(Values));
            case 8:
                return Say(who, 'm', _random.Next(1, 3), Pick(Names), "");
            case 9:
                _text.Append(who).Append(": recipients\n");
                return [.. ScriptedMilter.Packet('+', $"<{who}@relay.example>"), .. ScriptedMilter.Packet('-', "<r@relay.example>")];
            default:
                _text.Append(who).Append(": sender\n");
                return ScriptedMilter.Packet('e', $"<{who}@b.example>");
        }
    }

    private byte[] Say(string who, char command, int? index, string name, string value)
    {
        _text.Append($"{who}: {command} {index} {name}: {value.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)}|\n");
        var number = new byte[index == null ? 0 : 4];
        if (index is { } at)
        {
            BinaryPrimitives.WriteInt32BigEndian(number, at);
        }

        return ScriptedMilter.Packet(command, [.. number, .. Encoding.Latin1.GetBytes($"{name}\0{value}\0")]);
    }

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
