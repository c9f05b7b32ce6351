using System.Text;

namespace Estafeta.Conformance.Cleanup;

/// <summary>Messages from the corners of MIME, made of pieces that are each right, nearly right or wrong; the same for a seed.</summary>
internal sealed class MimeMessageGenerator(int seed)
{
    private static readonly string[] Boundaries = ["b", "outer", "in ner", "b1", "b12", "=_x.y/z", "'q'", "long-long-long-long-long-long-long-long-long-long-long-long-long-boundary"];

    private static readonly string[] Types =
    [
        "text/plain", "text/plain; charset=utf-8", "TEXT/HTML", "message/rfc822", "Message/RFC822", "message/partial; id=x", "message/external-body; access-type=x",
        "message/delivery-status", "message/global", "application/octet-stream", "multipart/mixed", "multipart", "multi", "", "text", "image/gif; name=\"a;b\"",
    ];

    private static readonly string[] Encodings = ["7bit", "8bit", "binary", "base64", "quoted-printable", "nonsense", "", "8BIT (comment)"];

    private static readonly string[] Headers =
    [
        "Subject: hello", "subject:hello", "X-Ign: 1", "X-Rep: 1", "X-Pre: 1", "X-Strip: 1", "Content-Disposition: attachment", "Content-ID: <x>", "Content-Description: d",
        "MIME-Version: 1.0", "mime-version : 1.0", "X-Fold: a\n b\n\tc", "X-Empty:", "X-Space :x", "Resent-From: a@b.example", "X-8bit: caf\u00e9", "Content-Foo: x", "Content-Base: x", "To: a@b.example",
    ];

    private static readonly string[] Lines =
    [
        "text", "ign", "rep", "pre", "strip", "", " indented", "Subject: not a header", "--", "--b", "--b--", "--b ", "--bx", "-- b", "--outer", "--outer--", "--in ner", "From someone", ".", "..",
        "caf\u00e9", "Content-Type: text/plain", "--b1", "--b12--", "--=_x.y/z", "--'q'", "no colon here", "\ttab",
    ];

    private readonly Random _random = new(seed);
    private readonly List<string> _open = [];

    /// <summary>LF line ends; Latin-1 characters are octets.</summary>
    public string Next(int number)
    {
        _open.Clear();
        var text = new StringBuilder($"X-Case: {number}\n");
        Entity(text, 0);
        return text.ToString();
    }

    private void Entity(StringBuilder text, int depth)
    {
        HeaderLines(text);
        var boundary = One(3) ? null : Pick(Boundaries);
        if (boundary != null && depth < 4)
        {
            text.Append(ContentType(boundary));
            if (One(4))
            {
                text.Append($"Content-Transfer-Encoding: {Pick(Encodings)}\n");
            }

            HeaderLines(text);
            EndOfHeaders(text);
            BodyLines(text);
            Parts(text, boundary, depth);
            return;
        }

        var type = Pick(Types);
        if (!One(4))
        {
            text.Append($"{(One(3) ? "content-type" : "Content-Type")}:{(One(3) ? "" : " ")}{type}\n");
        }

        if (One(2))
        {
            text.Append($"Content-Transfer-Encoding: {Pick(Encodings)}\n");
        }

        EndOfHeaders(text);
        if (type.StartsWith("message/", StringComparison.OrdinalIgnoreCase) && depth < 4)
        {
            Entity(text, depth + 1);
        }
        else
        {
            BodyLines(text);
        }
    }

    private void Parts(StringBuilder text, string boundary, int depth)
    {
        for (var i = _random.Next(4); i >= 0; i--)
        {
            text.Append($"--{boundary}{(One(5) ? Pick([" ", "\t", "x", "--", ";"]) : "")}\n");
            Entity(text, depth + 1);
        }

        if (!One(4))
        {
            text.Append($"--{boundary}--{(One(5) ? Pick([" ", "x", "--"]) : "")}\n");
            BodyLines(text);
        }
    }

    private string ContentType(string boundary)
    {
        var value = _random.Next(9) switch
        {
            0 => $"multipart/mixed; boundary={boundary}",
            1 => $"multipart/mixed;\n\tboundary=\"{boundary}\"",
            2 => $"Multipart/Mixed; charset=x; Boundary = \"{boundary}\" ; x=y",
            3 => $"multipart/digest; boundary=\"{boundary}\"",
            4 => $"multipart/mixed (comment; boundary=no); boundary=\"{boundary}\"",
            5 => $"multipart/mixed; name=\"boundary=no\"; boundary=\"{boundary}\"",
            6 => $"multipart/mixed; boundary=\"{boundary}\"; boundary=second",
            7 => $"multipart/mixed boundary=\"{boundary}\"",
            _ => $"text/plain; boundary=\"{boundary}\"",
        };
        return $"Content-Type: {value}\n";
    }

    private void HeaderLines(StringBuilder text)
    {
        for (var i = _random.Next(3); i > 0; i--)
        {
            text.Append(Pick(Headers)).Append('\n');
        }
    }

    // Nearly always the empty line.
    private void EndOfHeaders(StringBuilder text) => text.Append(One(12) ? "no colon here\n" : One(20) ? " \n\n" : "\n");

    private void BodyLines(StringBuilder text)
    {
        for (var i = _random.Next(4); i > 0; i--)
        {
            text.Append(Pick(Lines)).Append('\n');
        }
    }

    private bool One(int of) => _random.Next(of) == 0;

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
