using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Estafeta.TestSystem;

/// <summary>A client that says line by line what the test tells it, and checks the code of each reply.</summary>
public sealed class SmtpDialog : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 60_000, NoDelay = true };
    private readonly StreamReader _reader;

    public SmtpDialog(int port)
    {
        _socket.Connect(new IPEndPoint(IPAddress.Loopback, port));
        _reader = new StreamReader(new NetworkStream(_socket), Encoding.Latin1);
        Banner = Expect("220");
    }

    public string Banner { get; }

    /// <summary>Sends a line; the reply must begin with the code. Returns the last line of the reply.</summary>
    public string Say(string line, string code)
    {
        Send(line + "\r\n");
        return Expect(code);
    }

    /// <summary>Sends a line and returns the last line of whatever the reply is.</summary>
    public string Ask(string line)
    {
        Send(line + "\r\n");
        return Expect("");
    }

    public void Send(string text) => _socket.Send(Encoding.Latin1.GetBytes(text));

    public string Expect(string code)
    {
        while (true)
        {
            var line = _reader.ReadLine() ?? throw new IOException("the server closed the connection");
            if (!line.StartsWith(code, StringComparison.Ordinal))
            {
                throw new UnexpectedReplyException($"expected {code}: {line}");
            }

            if (line.Length < 4 || line[3] == ' ')
            {
                return line;
            }
        }
    }

    /// <summary>Up to and with the 354 of DATA.</summary>
    public void BeginMail(string recipient, string sender = "sender@example.org")
    {
        Say("EHLO client.example.org", "250");
        Say($"MAIL FROM:<{sender}>", "250");
        Say($"RCPT TO:<{recipient}>", "250");
        Say("DATA", "354");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}
