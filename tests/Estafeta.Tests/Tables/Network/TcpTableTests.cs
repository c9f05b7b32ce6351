using System.Text;
using Estafeta.Tables;
using Estafeta.Tables.Tcp;
using Estafeta.Tests.Net;

namespace Estafeta.Tests.Tables.Network;

public sealed class TcpTableTests
{
    [Theory]
    [InlineData("200 value\n", LookupOutcome.Found, "value")]
    [InlineData("200 a%20b%25\n", LookupOutcome.Found, "a b%")]
    [InlineData("200 value\r\n", LookupOutcome.Found, "value")]
    [InlineData("200 \n", LookupOutcome.Found, "")]
    [InlineData("500 no such key\n", LookupOutcome.NotFound, null)]
    [InlineData("400 try later\n", LookupOutcome.Trouble, null)]
    [InlineData("300 what\n", LookupOutcome.Trouble, null)]
    [InlineData("20\n", LookupOutcome.Trouble, null)]
    [InlineData("2000 x\n", LookupOutcome.Trouble, null)]
    [InlineData("200 a%0ab\n", LookupOutcome.Trouble, null)]
    [InlineData("200 a%00\n", LookupOutcome.Trouble, null)]
    [InlineData("200 %4\n", LookupOutcome.Trouble, null)]
    [InlineData("200 %zz\n", LookupOutcome.Trouble, null)]
    [InlineData("", LookupOutcome.Trouble, null)]
    [InlineData("200 no line end", LookupOutcome.Trouble, null)]
    public async Task Lookup_Reply_BecomesResult(string reply, LookupOutcome outcome, string? value)
    {
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            await ReadLineAsync(stream, token);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(reply), token);
        });
        await using var fixture = new TableFixture();
        var result = await fixture.LookupAsync($"tcp:127.0.0.1:{server.Port}", "key");
        Assert.Equal(outcome, result.Outcome);
        if (outcome != LookupOutcome.Trouble)
        {
            Assert.Equal(value, result.Value);
        }
        else
        {
            Assert.NotEmpty(fixture.Warnings);
        }
    }

    [Fact]
    public async Task Lookup_TooLongReply_IsTrouble()
    {
        await using var server = new ScriptedServer((stream, token) => stream.WriteAsync(new byte[100_000], token).AsTask());
        await using var fixture = new TableFixture();
        Assert.True((await fixture.LookupAsync($"tcp:127.0.0.1:{server.Port}", "key")).IsTrouble);
    }

    [Fact]
    public async Task Lookup_Key_IsEncodedAndNotFolded()
    {
        var asked = "";
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            asked = await ReadLineAsync(stream, token);
            await stream.WriteAsync("500 no\n"u8.ToArray(), token);
        });
        await using var fixture = new TableFixture();
        await fixture.LookupAsync($"tcp:127.0.0.1:{server.Port}", "A b\n%é");
        Assert.Equal("get A%20b%0A%25%C3%A9", asked);
    }

    [Fact]
    public async Task Lookup_ReplyInSingleOctets_IsRead()
    {
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            await ReadLineAsync(stream, token);
            foreach (var octet in "200 value\n"u8.ToArray())
            {
                await stream.WriteAsync(new[] { octet }, token);
            }

            await ReadLineAsync(stream, token);
        });
        await using var fixture = new TableFixture();
        Assert.Equal("value", await fixture.FindAsync($"tcp:127.0.0.1:{server.Port}", "key"));
    }

    [Fact]
    public async Task Lookup_ConnectionClosedWhileIdle_IsMadeAgainOnANewOne()
    {
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            await ReadLineAsync(stream, token);
            await stream.WriteAsync("200 value\n"u8.ToArray(), token);
        });
        await using var fixture = new TableFixture();
        Assert.Equal("value", await fixture.FindAsync($"tcp:127.0.0.1:{server.Port}", "one"));
        Assert.Equal("value", await fixture.FindAsync($"tcp:127.0.0.1:{server.Port}", "two"));
        Assert.Equal(2, server.Connections);
    }

    [Fact]
    public async Task Lookup_ManyAtOnce_UseAtMostTheConnectionsAllowed()
    {
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            while (await ReadLineAsync(stream, token) is { Length: > 0 } line)
            {
                await Task.Delay(20, token);
                await stream.WriteAsync(Encoding.UTF8.GetBytes($"200 {line[4..]}\n"), token);
            }
        });
        await using var fixture = new TableFixture();
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => fixture.FindAsync($"tcp:127.0.0.1:{server.Port}", $"k{i}")));
        Assert.Equal(Enumerable.Range(0, 200).Select(i => $"k{i}"), answers);
        Assert.InRange(server.Connections, 1, Estafeta.Tables.Network.TableClient.MaximumConnections);
    }

    [Fact]
    public async Task Lookup_NobodyListens_IsTrouble()
    {
        using var port = ClosedPort.Tcp();
        await using var fixture = new TableFixture();
        Assert.True((await fixture.LookupAsync($"tcp:127.0.0.1:{port.Number}", "key")).IsTrouble);
        Assert.Contains($"connect to TCP map 127.0.0.1:{port.Number}: Connection refused", fixture.Warnings);
    }

    [Fact]
    public async Task Open_ForTrustedResults_IsRefused()
    {
        await using var fixture = new TableFixture();
        var table = fixture.Tables.Open("tcp:127.0.0.1:1", TableFlags.NoUntrusted);
        Assert.True((await table.LookupAsync("key", TestContext.Current.CancellationToken)).IsTrouble);
    }

    [Fact]
    public void PercentText_AnyOctets_ComeBack()
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Assert.True(PercentText.TryDecode(PercentText.Encode(all), out var decoded));
        Assert.Equal(all, decoded);
    }

    internal static async Task<string> ReadLineAsync(Stream stream, CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        var octet = new byte[1];
        while (await stream.ReadAsync(octet, cancellationToken) == 1 && octet[0] != '\n')
        {
            line.Add(octet[0]);
        }

        return Encoding.UTF8.GetString([.. line]);
    }
}
