using System.Text;
using Estafeta.Mail.Mime;

namespace Estafeta.Tests.Mail.Mime;

public class MimeConverterTests
{
    private const string Message =
        "Subject: s\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 8bit\n\npre \u00e9\n--b\nContent-Transfer-Encoding: 8bit\nContent-Type: text/plain\n\n"
        + "caf\u00e9 = \nend \t\n--b\nContent-Type: text/plain\n\nundeclared \u00e9\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: binary\n\n"
        + "From: n\nContent-Transfer-Encoding: binary\n\n\u00e9 \n--b--\nepi \u00e9\n--b\nContent-Transfer-Encoding: 8bit\n\nlast ";

    private const string Converted =
        "Subject: s\nContent-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: 7bit\n\npre \u00e9\n--b\nContent-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\n"
        + "caf=E9 =3D=20\nend =09\n--b\nContent-Type: text/plain\n\nundeclared \u00e9\n--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: 7bit\n\n"
        + "From: n\nContent-Transfer-Encoding: quoted-printable\n\n=E9=20\n--b--\nepi \u00e9\n--b\nContent-Transfer-Encoding: 8bit\n\nlast ";

    [Fact]
    public void DeclaredParts_BecomeQuotedPrintable() => Assert.Equal(Converted, Convert(Message));

    [Fact]
    public void MessageCutAnywhere_IsConvertedAlike()
    {
        for (var i = 1; i < Message.Length; i++)
        {
            Assert.Equal(Converted, Convert(Message[..i], Message[i..]));
        }
    }

    [Fact]
    public void MessageOctetByOctet_IsConvertedAlike() => Assert.Equal(Converted, Convert([.. Message.Select(c => c.ToString())]));

    [Fact]
    public void SpaceAtTheEnd_IsEncoded() =>
        Assert.Equal("Content-Transfer-Encoding: quoted-printable\n\nlast=20", Convert("Content-Transfer-Encoding: 8bit\n\nlast", " "));

    private static string Convert(params string[] pieces)
    {
        var converter = new MimeConverter(new MimeScanner(1000, 100, 10));
        var output = new StringBuilder();
        for (var i = 0; i < pieces.Length; i++)
        {
            ReadOnlyMemory<byte> input = Encoding.Latin1.GetBytes(pieces[i]);
            MimeElement element;
            do
            {
                element = converter.Read(ref input, i == pieces.Length - 1);
                output.Append(Encoding.Latin1.GetString(element.Octets.Span));
            }
            while (element.Kind is not (MimeElementKind.NeedsInput or MimeElementKind.End));
        }

        return output.ToString();
    }
}
