using System.IO.Compression;
using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Tlsrpt;

namespace Estafeta.Tests.Commands.Tlsrpt;

public class TlsrptProgramTests
{
    private const string Json =
        """
        {"organization-name":"Company-X\u001b[2J","date-range":{"start-datetime":"2016-04-01T00:00:00Z","end-datetime":"2016-04-01T23:59:59Z"},
        "contact-info":"sts-reporting@company-x.example","report-id":"5065427c-23d3-47ca-b6e0-946ea0e8c4be",
        "policies":[{"policy":{"policy-type":"sts","policy-string":["version: STSv1","mode: testing","mx: *.mail.company-y.example","max_age: 86400"],
        "policy-domain":"company-y.example","mx-host":["*.mail.company-y.example"]},
        "summary":{"total-successful-session-count":5326,"total-failure-session-count":303},
        "failure-details":[{"result-type":"certificate-expired","sending-mta-ip":"2001:db8:abcd:0012::1","receiving-mx-hostname":"mx1.mail.company-y.example","failed-session-count":100},
        {"result-type":"validation-failure","sending-mta-ip":"198.51.100.62","receiving-ip":"203.0.113.58","receiving-mx-hostname":"mx-backup.mail.company-y.example","failed-session-count":3,"failure-reason-code":"X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED"}]}]}
        """;

    private static byte[] Gzip(byte[] octets)
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal))
        {
            gzip.Write(octets);
        }

        return buffer.ToArray();
    }

    private static async Task<(int Exit, string Output, string Error)> RunAsync(byte[] input)
    {
        var output = new MemoryStream();
        var error = new MemoryStream();
        var exit = await TlsrptProgram.RunAsync([], TimeProvider.System, new CommandStreams(new MemoryStream(input), output, error));
        return (exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    private static byte[] Mail(string lineEnd) => Encoding.Latin1.GetBytes(string.Join(
        lineEnd,
        "Content-Type: multipart/report; report-type=\"tlsrpt\";",
        "\tboundary=\"b\"",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "hello",
        "--b",
        "Content-Type: application/tlsrpt+gzip",
        "Content-Transfer-Encoding: base64",
        "",
        Convert.ToBase64String(Gzip(Encoding.UTF8.GetBytes(Json)), Base64FormattingOptions.InsertLineBreaks),
        "--b--",
        ""));

    public static TheoryData<byte[]> Forms => [Encoding.UTF8.GetBytes(Json), Gzip(Encoding.UTF8.GetBytes(Json)), Mail("\n"), Mail("\r\n")];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Report_OfTheRfc_IsSummedUpInEveryForm(byte[] input)
    {
        var (exit, output, _) = await RunAsync(input);
        Assert.Equal(0, exit);
        Assert.Equal(
            """
            1 report, 2016-04-01 to 2016-04-01

            domain                           reporter                         policy                 good     failed
            company-y.example                Company-X?[2J                    sts                    5326        303

            failed sessions by kind
                   100 company-y.example certificate-expired mx1.mail.company-y.example
                     3 company-y.example validation-failure mx-backup.mail.company-y.example X509_V_ERR_PROXY_PATH_LENGTH_EXCEEDED

            """,
            output);
    }

    // threats.md E06: a small attachment that becomes a big one.
    [Fact]
    public async Task DecompressionBomb_IsRefused()
    {
        var (exit, output, error) = await RunAsync(Gzip(new byte[30 * 1024 * 1024]));
        Assert.Equal((1, ""), (exit, output));
        Assert.Contains("too big for a TLS report", error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("Content-Type: multipart/x; boundary=b\n\n--b\nContent-Type: application/tlsrpt+gzip\nContent-Transfer-Encoding: base64\n\n!!\n--b--\n")]
    public async Task WhatIsNoReport_IsAWarning(string input)
    {
        var (exit, _, error) = await RunAsync(Encoding.UTF8.GetBytes(input));
        Assert.Equal(1, exit);
        Assert.StartsWith("tlsrpt: warning: standard input: ", error);
    }
}
