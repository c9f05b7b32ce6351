using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.Net.Proxy;

namespace Estafeta.Tests.Net.Proxy;

/// <summary>What is a header, and what is none, is as Debian's Postfix 3.7 answered to the same octets.</summary>
public class ProxyHeaderTests
{
    private const string Signature = "\r\n\r\n\0\r\nQUIT\n";
    private const string Ends4 = "\x01\x02\x03\x04\x05\x06\x07\x08\0\x63\0\x19";

    public static TheoryData<string, string> Good => new()
    {
        { "PROXY TCP4 1.2.3.4 5.6.7.8 99 25\r\n", "1.2.3.4:99 5.6.7.8:25" },
        { "PROXY TCP4 1.2.3.4 5.6.7.8 99 25\n", "1.2.3.4:99 5.6.7.8:25" },
        { "PROXY TCP4  1.2.3.4  5.6.7.8 0 25\r\n", "1.2.3.4:0 5.6.7.8:25" },
        { "PROXY TCP4 1.2.3.4 5.6.7.8 99 25 more\r\n", "1.2.3.4:99 5.6.7.8:25" },
        { "PROXY TCP6 2001:db8::1 ::1 65535 25\r\n", "[2001:db8::1]:65535 [::1]:25" },
        { Signature + "\x21\x11\0\x0c" + Ends4, "1.2.3.4:99 5.6.7.8:25" },
        { Signature + "\x21\x11\0\x0f" + Ends4 + "\x04\0\0", "1.2.3.4:99 5.6.7.8:25" },
        { Signature + "\x21\x21\0\x24\x20\x01\x0d\xb8" + new string('\0', 11) + "\x01" + new string('\0', 15) + "\x02\x01\0\0\x19", "[2001:db8::1]:256 [::2]:25" },
        { Signature + "\x20\0\0\0", " " },
        { Signature + "\x20\x11\0\x0c" + Ends4, " " },
    };

    public static TheoryData<string, string> Bad => new()
    {
        { "PROXY UNKNOWN\r\n", "bad or missing protocol type" },
        { "PROXY UNKNOWN\n", "bad or missing protocol type" },
        { "PROXY \r\n", "bad or missing protocol type" },
        { "PROXY TCP4\r\n", "bad or missing client address" },
        { "PROXY\r\n", "short protocol header" },
        { "\n", "short protocol header" },
        { "PROXY UNKNOWN 1.2.3.4 4.3.2.1 5 6\r\n", "bad or missing protocol type" },
        { "PROXY UDP4 1.2.3.4 4.3.2.1 5 6\r\n", "bad or missing protocol type" },
        { "PROXX TCP4 1.2.3.4 5.6.7.8 99 25\r\n", "unrecognized protocol header" },
        { "PROXY TCP4 ::1 ::2 5 6\r\n", "bad or missing client address" },
        { "PROXY TCP6 1.2.3.4 ::2 5 6\r\n", "bad or missing client address" },
        { "PROXY TCP6 fe80::1%lo ::2 5 6\r\n", "bad or missing client address" },
        { "PROXY TCP4 1.2.3 4.3.2.1 5 6\r\n", "bad or missing client address" },
        { "PROXY TCP4 1.2.3.4 0x1.3.2.1 5 6\r\n", "bad or missing server address" },
        { "PROXY TCP4 1.2.3.4 4.3.2.1 -5 6\r\n", "bad or missing client port" },
        { "PROXY TCP4 1.2.3.4 4.3.2.1 5 66666\r\n", "bad or missing server port" },
        { "PROXY TCP4 1.2.3.4 4.3.2.1 5\r\n", "bad or missing server port" },
        { "EHLO x\r\n", "short protocol header" },
        { "EHLO a-name-long-enough.example\r\n", "unrecognized protocol header" },
        { "PROXY TCP4 1.2.3.4 " + new string('4', 200) + "\r\n", "missing protocol header terminator" },
        { Signature + "\x31\x11\0\x0c" + Ends4, "unrecognized protocol version" },
        { Signature + "\x22\x11\0\x0c" + Ends4, "bad command in proxy header" },
        { Signature + "\x21\x12\0\x0c" + Ends4, "unsupported network protocol" },
        { Signature + "\x21\0\0\0", "unsupported network protocol" },
        { Signature + "\x21\x11\0\x04\x01\x02\x03\x04", "short address field" },
        { Signature + "\x21\x11\xff\xff" + Ends4, "short address field" },
    };

    [Theory]
    [MemberData(nameof(Good))]
    public async Task GoodHeader_IsTaken_AndNotOneOctetMore(string header, string ends)
    {
        var octets = Encoding.Latin1.GetBytes(header);
        for (var cut = 0; cut < octets.Length; cut++)
        {
            using var pair = new LoopbackPair();
            pair.Client.Send(octets.AsSpan(0, cut));
            var reading = ProxyHeaderReader.ReadAsync(pair.Server, TestContext.Current.CancellationToken).AsTask();
            pair.Client.Send([.. octets[cut..], .. "EHLO x\r\n"u8]);
            var read = await reading;
            Assert.Null(ProxyHeaderParser.Parse(read.Span, out var result));
            Assert.Equal(ends, $"{result.Client} {result.Server}");
            var rest = new byte[20];
            Assert.Equal(8, pair.Server.Receive(rest));
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task BadHeader_IsNamed(string header, string problem)
    {
        using var pair = new LoopbackPair();
        pair.Client.Send(Encoding.Latin1.GetBytes(header));
        var read = await ProxyHeaderReader.ReadAsync(pair.Server, TestContext.Current.CancellationToken);
        Assert.Equal(problem, ProxyHeaderParser.Parse(read.Span, out var result));
        Assert.Equal(default, result);
    }

    [Theory]
    [MemberData(nameof(Good))]
    public void EveryPrefix_IsNone(string header, string ends)
    {
        _ = ends;
        var octets = Encoding.Latin1.GetBytes(header);
        var isBinary = header.StartsWith(Signature, StringComparison.Ordinal);
        var needed = !isBinary ? octets.Length : header[12] == '\x20' ? 16 : 28;
        for (var length = 0; length < Math.Min(needed, octets.Length); length++)
        {
            Assert.NotNull(ProxyHeaderParser.Parse(octets.AsSpan(0, length), out _));
        }
    }

    private sealed class LoopbackPair : IDisposable
    {
        public LoopbackPair()
        {
            using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            listener.Listen();
            Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            Client.Connect(listener.LocalEndPoint!);
            Server = listener.Accept();
        }

        public Socket Client { get; }

        public Socket Server { get; }

        public void Dispose()
        {
            Client.Dispose();
            Server.Dispose();
        }
    }
}
