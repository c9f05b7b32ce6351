using System.Text;
using Estafeta.Net.Https;

namespace Estafeta.Tests.Net.Https;

public class HttpAnswerReaderTests
{
    private static HttpAnswer? Read(string octets, bool isEnd, int limit = 100) => new HttpAnswerReader(limit).Read(Encoding.Latin1.GetBytes(octets), isEnd);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nhello", 200, "text/plain", "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n2;x=y\r\n!!\r\n0\r\n\r\n", 200, "", "hello!!")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, "", "")]
    [InlineData("HTTP/1.0 204\r\n\r\n", 204, "", "")]
    public void Answer_IsReadOnceItIsComplete(string octets, int status, string type, string content)
    {
        var end = octets.EndsWith("0\r\n\r\n", StringComparison.Ordinal) ? octets.Length - 2 : octets.Length; // the trailer is not waited for
        for (var length = 0; length < end; length++)
        {
            Assert.Null(Read(octets[..length], isEnd: false));
            Assert.Throws<HttpsException>(() => Read(octets[..length], isEnd: true));
        }

        var answer = Read(octets, isEnd: false)!;
        Assert.Equal((status, type, content), (answer.Status, answer.ContentType, Encoding.Latin1.GetString(answer.Content)));
    }

    [Theory]
    [InlineData("Retry-After: 120\r\n", 120.0)]
    [InlineData("retry-after:0\r\n", 0.0)]
    [InlineData("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT\r\n", 60.0)]
    [InlineData("Retry-After: Wed, 21 Oct 2015 07:26:00 GMT\r\n", 0.0)]
    [InlineData("Retry-After: 1.5\r\n", null)]
    [InlineData("Retry-After: later\r\n", null)]
    [InlineData("", null)]
    public void RetryAfter_IsATimeOrAMoment(string header, double? seconds)
    {
        var answer = Read($"HTTP/1.1 429 Too Many Requests\r\n{header}Content-Length: 0\r\n\r\n", isEnd: false)!;
        Assert.Equal(seconds, answer.Pause(new DateTimeOffset(2015, 10, 21, 7, 27, 0, TimeSpan.Zero))?.TotalSeconds);
    }

    [Fact]
    public void WithoutLength_ContentEndsWithTheConnection()
    {
        const string Octets = "HTTP/1.1 200 OK\r\n\r\nhello";
        Assert.Null(Read(Octets, isEnd: false));
        Assert.Equal("hello"u8, Read(Octets, isEnd: true)!.Content);
    }

    [Theory]
    [InlineData("SSH-2.0-x\r\n\r\n")]
    [InlineData("HTTP/1.1 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\nX: y\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n")]
    public void WhatIsNoAnswer_OrTooLong_IsRefused(string octets) => Assert.Throws<HttpsException>(() => Read(octets, isEnd: false));

    [Fact]
    public void Content_BeyondTheLimit_IsRefusedWhateverItsFraming()
    {
        Assert.Throws<HttpsException>(() => Read("HTTP/1.1 200 OK\r\n\r\n" + new string('x', 101), isEnd: false));
        Assert.Throws<HttpsException>(() => Read("HTTP/1.1 200 OK\r\nX: " + new string('x', 20_000), isEnd: false));
    }
}
