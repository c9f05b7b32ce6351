using System.Buffers;
using System.Text;
using Estafeta.Mail.Mime;

namespace Estafeta.Tests.Mail.Mime;

/// <summary>Compared with what Postfix sends to a server without 8BITMIME.</summary>
public sealed class MimeDowngradeTests
{
    private static string Convert(string content, int chunk)
    {
        var downgrade = new MimeDowngrade();
        var output = new ArrayBufferWriter<byte>();
        var octets = Encoding.Latin1.GetBytes(content);
        for (var at = 0; at < octets.Length; at += chunk)
        {
            downgrade.Write(octets.AsSpan(at, Math.Min(chunk, octets.Length - at)), output);
        }

        downgrade.Finish(output);
        return Encoding.Latin1.GetString(output.WrittenSpan);
    }

    private static void AssertConverts(string expected, string content)
    {
        Assert.Equal(expected, Convert(content, int.MaxValue / 2));
        Assert.Equal(expected, Convert(content, 1));
        Assert.Equal(expected, Convert(content, 7));
    }

    [Fact]
    public void TextPart_BecomesQuotedPrintable()
    {
        var content = "MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\nSubject: x\n\n"
            + "hell\xe9 w\xf6rld = \n" + new string('x', 70) + "\xe9\xe9\xe9\xe9\xe9 a\n" + new string('w', 73) + "\n" + new string('v', 200)
            + "\ntab\t\n space \n\xe9.\nFrom here\n=\n";
        var expected = "MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nSubject: x\nContent-Transfer-Encoding: quoted-printable\n\n"
            + "hell=E9 w=F6rld =3D=20\n" + new string('x', 70) + "=E9=\n=E9=E9=E9=E9 a\n" + new string('w', 73) + "\n"
            + new string('v', 73) + "=\n" + new string('v', 73) + "=\n" + new string('v', 54)
            + "\ntab=09\n space=20\n=E9.\nFrom here\n=3D\n";
        AssertConverts(expected, content);
    }

    [Fact]
    public void Multipart_OnlyDeclaredPartsChange()
    {
        const string Content = "Content-Transfer-Encoding: 8bit\nContent-Type: multipart/mixed; boundary=\"b1 x\"\n\npre\xe9\n--b1 x\nContent-Type: text/plain\nContent-Transfer-Encoding: 8bit\n\ncaf\xe9\n"
            + "--b1 x\nContent-Type: text/plain\n\nno cte \xe9\n--b1 x\nContent-Transfer-Encoding: base64\n\nAAAA\n--b1 x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 8bit\n\n"
            + "Subject: inner\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n<p>\xe9</p>\n--b1 x\nContent-Type: multipart/alternative;\n boundary=b2\n\n--b2\nContent-Transfer-Encoding: BINARY\n\n\xe9\n--b2--\nepi\xe9\n--b1 x--\nepilogue\xe9\n";
        const string Expected = "Content-Type: multipart/mixed; boundary=\"b1 x\"\nContent-Transfer-Encoding: 7bit\n\npre\xe9\n--b1 x\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9\n"
            + "--b1 x\nContent-Type: text/plain\n\nno cte \xe9\n--b1 x\nContent-Transfer-Encoding: base64\n\nAAAA\n--b1 x\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\n"
            + "Subject: inner\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>=E9</p>\n--b1 x\nContent-Type: multipart/alternative;\n boundary=b2\n\n--b2\nContent-Transfer-Encoding: quoted-printable\n\n=E9\n--b2--\nepi\xe9\n--b1 x--\nepilogue\xe9\n";
        AssertConverts(Expected, Content);
    }

    [Theory]
    [InlineData("")]
    [InlineData("no header at all")]
    [InlineData("Subject: x\n\nundeclared \xe9\n")]
    [InlineData("Content-Type: multipart/mixed\n\n--x\n\n\xe9\n")]
    [InlineData("Content-Type: multipart/mixed; boundary=\"\n\n--x\n")]
    [InlineData("Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\n\n\xe9\n")]
    public void NothingDeclared_NothingChanges(string content) => AssertConverts(content, content);

    [Fact]
    public void DeepNesting_IsBounded()
    {
        var content = string.Concat(Enumerable.Range(0, 100_000).Select(i => $"Content-Type: multipart/mixed; boundary=b{i}\n\n--b{i}\n"));
        Assert.Equal(content, Convert(content, 65536));
    }
}
