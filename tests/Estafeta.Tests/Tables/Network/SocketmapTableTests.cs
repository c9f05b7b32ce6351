using System.Text;
using Estafeta.Tables;

namespace Estafeta.Tests.Tables.Network;

public sealed class SocketmapTableTests
{
    [Theory]
    [InlineData("8:OK value,", LookupOutcome.Found)]
    [InlineData("8:OK va\nue,", LookupOutcome.Trouble)]
    [InlineData("3:OK ,", LookupOutcome.Found)]
    [InlineData("9:NOTFOUND ,", LookupOutcome.NotFound)]
    [InlineData("8:NOTFOUND,", LookupOutcome.NotFound)]
    [InlineData("10:TEMP later,", LookupOutcome.Trouble)]
    [InlineData("8:TIMEOUT ,", LookupOutcome.Trouble)]
    [InlineData("8:PERM bad,", LookupOutcome.Trouble)]
    [InlineData("2:OK,", LookupOutcome.Trouble)]
    [InlineData("5:WHAT ,", LookupOutcome.Trouble)]
    [InlineData("8:OK valueX", LookupOutcome.Trouble)]
    [InlineData(":OK value,", LookupOutcome.Trouble)]
    [InlineData("x:OK value,", LookupOutcome.Trouble)]
    [InlineData("999999999999:OK", LookupOutcome.Trouble)]
    [InlineData("8:OK val", LookupOutcome.Trouble)]
    [InlineData("", LookupOutcome.Trouble)]
    public async Task Lookup_Reply_BecomesResult(string reply, LookupOutcome outcome)
    {
        await using var server = new ScriptedServer(async (stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte["11:my some key,".Length], token);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(reply), token);
        });
        await using var fixture = new TableFixture();
        Assert.Equal(outcome, (await fixture.LookupAsync($"socketmap:inet:127.0.0.1:{server.Port}:my", "some key")).Outcome);
    }

    [Fact]
    public async Task Lookup_KeyTooLong_IsTroubleAndNotSent()
    {
        await using var server = new ScriptedServer((_, _) => Task.CompletedTask);
        await using var fixture = new TableFixture("socketmap_max_query_size = 10\n");
        Assert.True((await fixture.LookupAsync($"socketmap:inet:127.0.0.1:{server.Port}:my", "a key too long")).IsTrouble);
        Assert.Equal(0, server.Connections);
    }

    [Theory]
    [InlineData("socketmap:foo")]
    [InlineData("socketmap:inet:nowhere:x")]
    public async Task Open_BadSource_IsTrouble(string table)
    {
        await using var fixture = new TableFixture();
        Assert.True((await fixture.LookupAsync(table, "x")).IsTrouble);
    }
}
