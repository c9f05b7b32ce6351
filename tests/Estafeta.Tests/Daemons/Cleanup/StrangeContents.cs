namespace Estafeta.Tests.Daemons.Cleanup;

/// <summary>Content made to harm, by name (docs/threats.md, D06, E01, E02); LF line ends.</summary>
public static class StrangeContents
{
    public static TheoryData<string, string> AddressBombs => new()
    {
        { "ten thousand pairs of brackets", "From: " + string.Concat(Enumerable.Repeat("<>", 10_000)) + "\n\nx\n" },
        { "nested comments", "From: a@b " + new string('(', 50_000) + "\n\nx\n" },
        { "closed nested comments", "From: a@b " + new string('(', 40_000) + new string(')', 40_000) + "\n\nx\n" },
        { "open quote", "From: \"" + new string('a', 100_000) + "\n\nx\n" },
        { "open route", "To: " + string.Concat(Enumerable.Repeat("@a,", 30_000)) + "\n\nx\n" },
        { "groups", "To: " + string.Concat(Enumerable.Repeat("g:", 50_000)) + "\n\nx\n" },
        { "backslashes", "Cc: " + new string('\\', 100_000) + "\n\nx\n" },
        { "commas", "Cc: " + new string(',', 100_000) + "\n\nx\n" },
    };

    public static TheoryData<string, string> HeaderForms => new()
    {
        { "first line starts with a blank", " not a header\nSubject: s\n\nbody\n" },
        { "line without a colon", "Subject: s\nno colon here\nFrom: a@b\n\nbody\n" },
        { "NUL in a header", "Subject: a\0b\n\nbody\n" },
        { "200 KB header", "Subject: " + new string('s', 200_000) + "\n\nbody\n" },
        { "200 KB header in many lines", "Subject: s\n" + string.Concat(Enumerable.Repeat(" continued line of the subject\n", 7_000)) + "\nbody\n" },
        { "no body", "Subject: s\n" },
        { "nothing at all", "" },
        { "colon first", ": x\nSubject: s\n\nbody\n" },
        { "only a body", "\nbody\n" },
        { "no line end", "Subject: s\n\nbody" },
    };

    public static TheoryData<string, string> MimeForms => new()
    {
        { "boundary of 2 KiB", $"Content-Type: multipart/mixed; boundary={new string('b', 2048)}\n\n--{new string('b', 2048)}\n\nx\n" },
        { "boundary that begins another", "Content-Type: multipart/mixed; boundary=ab\n\n--ab\nContent-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--ab--\n" },
        { "missing end", "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\nx\n" },
        { "empty boundary", "Content-Type: multipart/mixed; boundary=\"\"\n\n--\n\nx\n" },
        { "open quote", "Content-Type: multipart/mixed; boundary=\"b\n\n--b\n\nx\n" },
        { "a message in a message", string.Concat(Enumerable.Repeat("Content-Type: message/rfc822\n\n", 99)) + "x\n" },
        { "very many parts", "Content-Type: multipart/mixed; boundary=b\n\n" + string.Concat(Enumerable.Repeat("--b\n\n\n", 50_000)) },
    };
}
