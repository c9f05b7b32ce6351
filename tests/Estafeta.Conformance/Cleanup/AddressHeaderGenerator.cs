using System.Globalization;
using System.Text;

namespace Estafeta.Conformance.Cleanup;

/// <summary>Messages whose headers have addresses of every shape, well-formed and not; reproducible.</summary>
internal sealed class AddressHeaderGenerator(int seed)
{
    private static readonly string[] Names =
    [
        "From", "To", "Cc", "Bcc", "Reply-To", "Sender", "Resent-From", "Resent-To", "Resent-Cc", "Resent-Sender", "Resent-Reply-To", "Errors-To", "Return-Receipt-To", "Disposition-Notification-To",
        "Mail-Followup-To", "Apparently-To", "to", "FROM", "Subject", "X-To", "Resent-Date", "Return-Path",
    ];

    private static readonly string[] Users =
    [
        "a", "root", "foo", "user+ext", "first.last", "canon", "canon+x", "masq", "\"a b\"", "\"a@b\"", "\"qu\\\"ote\"", "x\\y", "u%h.test", "h.test!u", "postmaster", "MAILER-DAEMON", ".dot", "do..t", "dot.", "\"a\".b", "a.\"b\"",
    ];

    private static readonly string[] Domains =
    [
        "c.example", "client.example.test", "host.masq.example", "masq.example", "keep.masq.example", "C.Example", "sub", "c.example.", "[127.0.0.1]", "[IPv6:::1]", "dom.example", "a.b.dom.example", "x..y", "d . e", "1.2.3.4", "-x.example",
    ];

    private static readonly string[] Phrases = ["Name", "A. B. Name", "\"Quoted, Name\"", "=?utf-8?q?n=C3=A4me?=", "Dr. \"X\" Y", "a@b", "(c) Name", "N\"a\"me", "'x'", "\"Fold\n ed\"", "(fold\n\ted)"];

    private static readonly string[] Pieces =
    [
        "a", "b@c", ">", "<>", ",", ";", ":", ".", " ", "\n\t", ")", "(x)", "((n) y)", "\"q\"", "]", "!", "%", "=?x?=", "<a>", "<@r.example:u@c.example>", "group: a, b@c.example;", "\t", "  ", "'",
    ];

    private readonly Random _random = new(seed);

    public string Next(int number)
    {
        var message = new StringBuilder($"X-Case: {number.ToString(CultureInfo.InvariantCulture)}\nMessage-Id: <x@y>\nDate: Thu, 26 Nov 2026 10:00:00 +0000\nResent-Message-Id: <r@y>\nResent-Date: Thu, 26 Nov 2026 10:00:00 +0000\n");
        for (var count = _random.Next(1, 6); count > 0; count--)
        {
            message.Append(Pick(Names)).Append(_random.Next(12) switch { 0 => " :", 1 => ":", 2 => ":  ", 3 => ":\n ", _ => ": " }).Append(Value()).Append('\n');
        }

        return message.Append("\nbody\n").ToString();
    }

    // A line of blanks alone would end the header section for some.
    private string Value()
    {
        var value = new StringBuilder();
        if (_random.Next(4) == 0)
        {
            for (var count = _random.Next(1, 12); count > 0; count--)
            {
                value.Append(Pick(Pieces));
            }
        }
        else
        {
            value.AppendJoin(Pick([", ", ",", " , ", ",\n\t", ",\n  ", "; ", " "]), Enumerable.Range(0, _random.Next(1, 5)).Select(_ => Address()));
        }

        var text = value.ToString();
        while (text.Contains("\n\t\n", StringComparison.Ordinal))
        {
            text = text.Replace("\n\t\n", "\n", StringComparison.Ordinal);
        }

        return text.TrimEnd() is { Length: > 0 } trimmed ? trimmed : "x";
    }

    private string Address()
    {
        var address = Pick(Users) + (_random.Next(4) == 0 ? "" : "@" + Pick(Domains));
        return _random.Next(10) switch
        {
            0 or 1 => $"<{address}>",
            2 => $"{Pick(Phrases)} <{address}>",
            3 => $"{Pick(Phrases)}<{address}> (comment)",
            4 => $"{address} ({Pick(Phrases).Trim('"')})",
            5 => $"<@r.example,@s.example:{address}>",
            6 => $"list: {address}, {Pick(Users)};",
            7 when _random.Next(4) == 0 => "\"\"",
            _ => address,
        };
    }

    private string Pick(string[] values) => values[_random.Next(values.Length)];
}
